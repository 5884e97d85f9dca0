// The Kubernetes TokenReview API (authentication.k8s.io/v1): whose a service-account token is. Pure
// functions; any thread.
#pragma once

#include <absl/status/statusor.h>
#include <absl/strings/string_view.h>
#include <absl/time/time.h>
#include <absl/types/optional.h>

#include <string>
#include <vector>

#include "base/secret.h"
#include "config/caller.h"
#include "http/http_client.h"

namespace tokenbroker {

// The body of the request.
Secret TokenReviewBody(const Secret& token, absl::string_view audience);

// The service account that the API server says the token is. UNAUTHENTICATED CALLER_UNKNOWN when it
// says that the token is none of its own, or made for another audience, or for a user who is no
// service account. UNAVAILABLE CALLER_CHECK_UNAVAILABLE for anything but such an answer: it never
// lets anybody in.
absl::StatusOr<Caller> ParseTokenReview(const HttpResponse& response, absl::string_view audience);

// What a JSON Web Token says of itself (RFC 7519 4.1.3, 4.1.4). Its signature is not looked at:
// this is not to be believed of a token that nobody vouches for.
struct TokenClaims {
  std::vector<std::string> audiences;
  // InfinitePast when it does not say.
  absl::Time expiry = absl::InfinitePast();
};
// nullopt when it is none.
absl::optional<TokenClaims> ClaimsOf(absl::string_view token);

}  // namespace tokenbroker

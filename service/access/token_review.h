// The Kubernetes TokenReview API (authentication.k8s.io/v1): whose a service-account token is. Pure
// functions; any thread.
#pragma once

#include <absl/status/statusor.h>
#include <absl/strings/string_view.h>
#include <absl/time/time.h>

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

// When the token ends by its own word (RFC 7519 4.1.4); InfiniteFuture when it does not say so.
// Means something only of a token that the API server vouches for.
absl::Time ExpiryOf(const Secret& token);

}  // namespace tokenbroker

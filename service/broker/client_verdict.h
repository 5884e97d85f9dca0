// What a provider's answer to a refresh token that is made up says of its TLS, of its token
// endpoint and of our client: a provider looks at the client first (RFC 6749 section 6), so that
// `invalid_grant` means that the client was taken. Pure; any thread.
#pragma once

#include <absl/strings/string_view.h>

#include <string>

#include "broker/provider_service.h"
#include "oauth/token_endpoint.h"

namespace tokenbroker {

struct Finding {
  ProviderCheck::Result result = ProviderCheck::Result::kSkipped;
  std::string detail;
};

struct ClientVerdict {
  Finding tls;
  Finding token_endpoint;
  Finding client_authentication;
};

ClientVerdict Judge(const ProviderConfig& config, absl::string_view token_endpoint,
                    const TokenAnswer& answer);

// Whether the broker's word (TokenAnswer::error) is about TLS.
bool IsTlsTrouble(absl::string_view error);
// What would mend a connection, or an answer, that the broker has this word for.
std::string Remedy(absl::string_view error);

}  // namespace tokenbroker

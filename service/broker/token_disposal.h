// Gets rid of tokens that were given to us and are not to be kept.
#pragma once

#include <memory>

#include "base/secret.h"
#include "broker/in_flight.h"
#include "oauth/token_endpoint.h"

namespace tokenbroker {

// Revokes both (RFC 7009), the refresh token first; an empty one is skipped. A provider that does
// not listen is logged, and the tokens are forgotten. Loop thread only; `endpoint` must outlive it.
Task<void> RevokeTokens(TokenEndpoint* endpoint, InFlight::Ticket ticket,
                        std::shared_ptr<const ResolvedProvider> provider, Secret client_secret,
                        Secret refresh_token, Secret access_token);

}  // namespace tokenbroker

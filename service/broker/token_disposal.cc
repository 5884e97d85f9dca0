#include "broker/token_disposal.h"

#include <string>
#include <utility>

#include "base/log.h"

namespace tokenbroker {
namespace {

Task<void> RevokeOne(TokenEndpoint* endpoint, RevocationRequest request) {
  if (request.token.empty()) co_return;
  const std::string provider = request.provider->config->name;
  const std::string hint = request.token_type_hint;
  const absl::Status revoked = co_await endpoint->Revoke(std::move(request));
  if (revoked.ok()) co_return;
  Log(LogLevel::kWarning, "unwanted_token_not_revoked",
      {{"provider", provider}, {"token_type_hint", hint}});
}

}  // namespace

Task<void> RevokeTokens(TokenEndpoint* endpoint, [[maybe_unused]] InFlight::Ticket ticket,
                        std::shared_ptr<const ResolvedProvider> provider, Secret client_secret,
                        Secret refresh_token, Secret access_token) {
  RevocationRequest refresh{provider, client_secret, std::move(refresh_token), "refresh_token"};
  co_await RevokeOne(endpoint, std::move(refresh));
  RevocationRequest access{provider, client_secret, std::move(access_token), "access_token"};
  co_await RevokeOne(endpoint, std::move(access));
}

}  // namespace tokenbroker

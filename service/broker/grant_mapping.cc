#include "broker/grant_mapping.h"

#include <algorithm>

#include "token/freshness_policy.h"

namespace tokenbroker {
namespace {

constexpr absl::Duration kRetryAfterUnusableToken = absl::Minutes(1);

}  // namespace

std::shared_ptr<CachedToken> ToCachedToken(const Grant& grant, const StoreTimeMark& now,
                                           TokenTraitsPool* pool) {
  TokenTraits traits;
  traits.token_type = grant.token_type;
  traits.scopes = grant.scopes;
  traits.attributes = grant.attributes;
  traits.owner = grant.owner;
  if (grant.state != GrantState::kActive) traits.provider_error = grant.last_error;
  auto token = std::make_shared<CachedToken>();
  token->generation = grant.generation;
  token->access_token = grant.access_token;
  token->traits = pool->Share(std::move(traits));
  token->state = grant.state;
  token->state_reason = grant.state_reason;
  token->refreshable = grant.refreshable();
  token->issued = now.ToSteady(grant.issued_at);
  if (grant.expires_at) token->expires = now.ToSteady(*grant.expires_at);
  if (grant.refresh_at && grant.refreshable() && grant.state == GrantState::kActive) {
    token->refresh_due = now.ToSteady(*grant.refresh_at);
  }
  if (grant.reauthorize_at) token->reauthorize_at_ms = absl::ToUnixMillis(*grant.reauthorize_at);
  token->verified = now.steady;
  return token;
}

void ApplyTokens(const TokenResponse& answer, SteadyTime sent_at, const StoreTimeMark& now,
                 const ProviderConfig& config, Jitter& jitter, Grant* grant) {
  grant->access_token = answer.access_token;
  grant->token_type = answer.token_type;
  grant->client_id = config.client_id;
  grant->issued_at = now.ToStore(sent_at);
  grant->expires_at = absl::nullopt;
  if (!answer.access_token_status.ok()) {
    grant->access_token = Secret();
    grant->expires_at = grant->issued_at;
  } else if (answer.expires_in) {
    grant->expires_at = grant->issued_at + *answer.expires_in;
  }
  if (!answer.refresh_token.empty()) grant->refresh_token = answer.refresh_token;
  if (answer.scopes) grant->scopes = *answer.scopes;
  std::sort(grant->scopes.begin(), grant->scopes.end());
  for (const auto& [name, value] : answer.attributes) grant->attributes[name] = value;

  grant->refresh_at = absl::nullopt;
  if (!grant->refreshable()) return;
  if (!answer.access_token_status.ok()) {
    grant->refresh_at = grant->issued_at + kRetryAfterUnusableToken;
    return;
  }
  if (grant->expires_at) {
    grant->refresh_at =
        *grant->expires_at - JitteredDueMargin(grant->life(), config.refresh.margin, jitter);
  }
  if (config.refresh.idle_lifetime) {
    const absl::Time keep_alive =
        grant->issued_at + KeepAliveInterval(*config.refresh.idle_lifetime);
    grant->refresh_at = std::min(grant->refresh_at.value_or(keep_alive), keep_alive);
  }
}

}  // namespace tokenbroker

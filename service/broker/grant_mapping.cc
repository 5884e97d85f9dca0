#include "broker/grant_mapping.h"

#include <algorithm>

#include "token/freshness_policy.h"

namespace tokenbroker {
namespace {

constexpr absl::Duration kRetryAfterUnusableToken = absl::Minutes(1);

}  // namespace

std::shared_ptr<const CachedToken> ToCachedToken(const Grant& grant, const StoreTimeMark& now) {
  auto token = std::make_shared<CachedToken>();
  token->generation = grant.generation;
  token->access_token = grant.access_token;
  token->token_type = grant.token_type;
  token->scopes = grant.scopes;
  token->attributes = grant.attributes;
  token->owner = grant.owner;
  token->state = grant.state;
  token->state_reason = grant.state_reason;
  if (grant.state != GrantState::kActive) token->provider_error = grant.last_error;
  token->refreshable = grant.refreshable();
  token->issued = now.ToSteady(grant.issued_at);
  token->life = grant.life();
  if (grant.expires_at) token->expires = now.ToSteady(*grant.expires_at);
  if (grant.refresh_at && grant.refreshable() && grant.state == GrantState::kActive) {
    token->refresh_due = now.ToSteady(*grant.refresh_at);
  }
  token->reauthorize_time = grant.reauthorize_at;
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

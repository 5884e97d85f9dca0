#include "broker/commit.h"

#include "base/log.h"
#include "broker/commit_job.h"
#include "broker/grant_mapping.h"
#include "broker/unknown_rotation.h"
#include "oauth/id_token.h"

namespace tokenbroker {
namespace {

bool IdentityChanged(const TokenResponse& tokens, const Grant& grant,
                     const ProviderConfig& config) {
  if (!tokens.id_token) return false;
  if (!tokens.id_token->ok()) {
    Log(LogLevel::kWarning, "id_token_unreadable", {{"provider", config.name}});
    return false;
  }
  return CompareIdentity(**tokens.id_token, grant.account, config.client_id) == Identity::kChanged;
}

CommitRequest MakeCommit(const RefreshOrder& order, BegunRefresh begun, const TokenAnswer& answer,
                         const ProviderConfig& config, Jitter& jitter) {
  const TokenResponse& tokens = *answer.tokens;
  const bool identity_changed = IdentityChanged(tokens, *begun.grant, config);
  CommitRequest request;
  Grant& record = request.record;
  record = *std::move(begun.grant);
  const bool rotated =
      !tokens.refresh_token.empty() && !(tokens.refresh_token == record.refresh_token);
  ApplyTokens(tokens, answer.sent_at, begun.time, config, jitter, &record);
  record.last_refresh_at = record.issued_at;
  record.last_error.clear();
  record.state = GrantState::kActive;
  record.state_reason = StateReason::kNone;
  if (identity_changed) {
    record.state = GrantState::kReauthorizationRequired;
    record.state_reason = StateReason::kIdentityChanged;
    record.access_token = Secret();
    record.expires_at = record.issued_at;
    record.refresh_at = absl::nullopt;
  }
  request.attempt = std::move(begun.attempt);
  request.parent = begun.parent;
  request.next = begun.next;
  request.rotated = rotated ? Rotated::kYes : Rotated::kNo;
  request.demand = order.demand;
  request.replay = ReplayOf(config);
  return request;
}

}  // namespace

Task<RefreshResult> CommitTokens(BrokerParts* parts, RefreshOrder order, BegunRefresh begun,
                                 TokenAnswer answer, std::shared_ptr<const ProviderConfig> config) {
  const StoreTimeMark time = begun.time;
  CommitRequest request = MakeCommit(order, std::move(begun), answer, *config, parts->jitter);
  const std::shared_ptr<CommitJob> job =
      CommitJob::Start(parts, std::move(request), time, order.min_ttl);
  co_await job->settled().Wait();
  co_return job->result();
}

}  // namespace tokenbroker

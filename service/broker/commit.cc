#include "broker/commit.h"

#include <algorithm>

#include "base/log.h"
#include "broker/grant_mapping.h"
#include "broker/refusals.h"
#include "broker/token_disposal.h"
#include "crypto/random.h"
#include "oauth/id_token.h"

namespace tokenbroker {
namespace {

constexpr absl::Duration kFirstPause = absl::Milliseconds(50);
constexpr absl::Duration kLongestPause = absl::Seconds(2);

// The steps of one CommitTokens call; lives in its coroutine's frame.
class Committer {
 public:
  Committer(BrokerParts& parts, const RefreshOrder& order, BegunRefresh begun, TokenAnswer answer,
            std::shared_ptr<const ResolvedProvider> provider, ClientSecret secret)
      : parts_(parts),
        order_(order),
        begun_(std::move(begun)),
        answer_(std::move(answer)),
        provider_(std::move(provider)),
        secret_(std::move(secret)) {
    FillRequest();
  }

  Task<RefreshResult> Run() {
    absl::Duration pause = kFirstPause;
    for (;;) {
      const CommitAnswer answer = co_await parts_.grants.Commit(request_);
      switch (answer.outcome) {
        case CommitAnswer::Outcome::kStored:
        case CommitAnswer::Outcome::kAlready:
          co_return Stored(answer.generation);
        case CommitAnswer::Outcome::kGone:
        case CommitAnswer::Outcome::kOlder:
          co_return co_await Restore();
        case CommitAnswer::Outcome::kRevoked:
          co_return Revoked();
        case CommitAnswer::Outcome::kLost:
          co_return co_await TakeTheNewer();
        case CommitAnswer::Outcome::kRenumber:
          request_.next = Above(answer.generation, answer.time);
          co_await Rebase();
          break;
        case CommitAnswer::Outcome::kNoStore:
        case CommitAnswer::Outcome::kUnavailable:
          Log(LogLevel::kWarning, "commit_unconfirmed",
              {{"provider", order_.key.provider}, {"generation", request_.next}});
          co_await parts_.loop.Sleep(pause);
          pause = std::min(pause * 2, kLongestPause);
      }
    }
  }

 private:
  void FillRequest() {
    const TokenResponse& tokens = *answer_.tokens;
    Grant& record = request_.record;
    record = begun_.grant;
    const bool rotated =
        !tokens.refresh_token.empty() && !(tokens.refresh_token == record.refresh_token);
    ApplyTokens(tokens, answer_.sent_at, begun_.time, *provider_->config, parts_.jitter, &record);
    record.last_refresh_at = record.issued_at;
    record.last_error.clear();
    record.state = GrantState::kActive;
    record.state_reason = StateReason::kNone;
    if (IdentityChanged(tokens)) {
      record.state = GrantState::kReauthorizationRequired;
      record.state_reason = StateReason::kIdentityChanged;
      record.access_token = Secret();
      record.expires_at = record.issued_at;
      record.refresh_at = absl::nullopt;
    }
    request_.attempt = begun_.attempt;
    request_.parent = begun_.parent;
    request_.next = begun_.next;
    request_.rotated = rotated ? Rotated::kYes : Rotated::kNo;
    request_.demand = order_.demand;
  }

  bool IdentityChanged(const TokenResponse& tokens) const {
    if (!tokens.id_token) return false;
    if (!tokens.id_token->ok()) {
      Log(LogLevel::kWarning, "id_token_unreadable", {{"provider", order_.key.provider}});
      return false;
    }
    return CompareIdentity(**tokens.id_token, begun_.grant.account, provider_->config->client_id) ==
           Identity::kChanged;
  }

  // A login that inherited our parent's refresh token came between, or an answer to the same token
  // that did not replace it. What that brought stays; ours is the refresh token's successor.
  Task<void> Rebase() {
    if (request_.record.state != GrantState::kActive) co_return;
    LoadAnswer present = co_await parts_.grants.Load(order_.key);
    while (present.outcome == LoadAnswer::Outcome::kUnavailable ||
           present.outcome == LoadAnswer::Outcome::kNoStore) {
      co_await parts_.loop.Sleep(kFirstPause);
      present = co_await parts_.grants.Load(order_.key);
    }
    const bool ours = present.grant && present.grant->refresh_token_generation == request_.parent;
    if (!ours) co_return;  // The next answer says what that means.
    Secret successor = request_.record.refresh_token;
    request_.record = *std::move(present.grant);
    request_.record.refresh_token = std::move(successor);
  }

  static int64_t Above(int64_t generation, const StoreTimeMark& time) {
    return std::max(generation + 1, absl::ToUnixMillis(time.store_time));
  }

  RefreshResult Stored(int64_t generation) {
    Grant& record = request_.record;
    record.generation = generation;
    if (request_.rotated == Rotated::kYes) record.refresh_token_generation = generation;
    auto token = std::make_shared<CachedToken>(*ToCachedToken(record, begun_.time));
    if (order_.min_ttl && token->Remaining(parts_.Now()) <= *order_.min_ttl) {
      token->unmet_ttl = *order_.min_ttl;
    }
    parts_.Cache(record.key, std::move(token));
    parts_.recent_commits.Add(record, parts_.Now());

    RefreshResult result;
    if (record.state_reason == StateReason::kIdentityChanged) {
      Log(LogLevel::kError, "identity_changed",
          {{"provider", record.key.provider}, {"generation", generation}});
      result.status = ReauthorizationRequired(record.key.provider, record.state_reason, generation);
    } else if (record.access_token.empty()) {
      result.status = RefreshFailed(record.key.provider, ErrorClass::kProviderTrouble,
                                    "unusable_access_token", absl::nullopt);
    }
    return result;
  }

  // The store lost the record, or went back behind it: ours is the newest that there is.
  Task<RefreshResult> Restore() {
    PutGrantRequest put;
    put.kind = PutKind::kRestore;
    put.attempt = RandomBytes(16);
    put.generation = request_.next;
    put.record = request_.record;
    put.record.generation = request_.next;
    if (request_.rotated == Rotated::kYes) put.record.refresh_token_generation = request_.next;
    for (;;) {
      put.not_after = parts_.Now() + kLeaseRenewal;
      const PutGrantAnswer answer = co_await parts_.grants.PutGrant(put);
      switch (answer.outcome) {
        case PutGrantAnswer::Outcome::kStored:
        case PutGrantAnswer::Outcome::kAlready:
          co_return Stored(request_.next);
        case PutGrantAnswer::Outcome::kLost:
        case PutGrantAnswer::Outcome::kRenumber:
          co_return co_await TakeTheNewer();
        case PutGrantAnswer::Outcome::kExpired:
        case PutGrantAnswer::Outcome::kNoStore:
        case PutGrantAnswer::Outcome::kUnavailable:
          co_await parts_.loop.Sleep(kFirstPause);
      }
    }
  }

  // A login or another replica stored something that did not come from our parent. Our answer is
  // dropped, not revoked: that could kill the new login's consent.
  Task<RefreshResult> TakeTheNewer() {
    RefreshResult result;
    LoadAnswer loaded = co_await parts_.grants.Load(order_.key);
    if (loaded.grant) {
      Remember(&parts_, *loaded.grant, loaded.time);
      result.source = TokenSource::kStore;
      co_return result;
    }
    const bool gone = loaded.outcome == LoadAnswer::Outcome::kNotFound;
    result.status = gone ? GrantNotFound(order_.key.view()) : StoreUnavailable(order_.key.provider);
    co_return result;
  }

  // The grant was revoked while its refresh was under way: nobody is served, and the provider is
  // told, since what it just gave is alive there.
  RefreshResult Revoked() {
    parts_.loop.Spawn(RevokeTokens(&parts_.endpoint, InFlight::Ticket(parts_.in_flight), provider_,
                                   secret_.secret, request_.record.refresh_token,
                                   request_.record.access_token));
    parts_.cache.Erase(order_.key.view(), request_.next);
    RefreshResult result;
    result.status =
        ReauthorizationRequired(order_.key.provider, StateReason::kRevoked, request_.next);
    return result;
  }

  BrokerParts& parts_;
  const RefreshOrder& order_;
  const BegunRefresh begun_;
  const TokenAnswer answer_;
  const std::shared_ptr<const ResolvedProvider> provider_;
  const ClientSecret secret_;
  CommitRequest request_;
};

}  // namespace

Task<RefreshResult> CommitTokens(BrokerParts* parts, RefreshOrder order, BegunRefresh begun,
                                 TokenAnswer answer,
                                 std::shared_ptr<const ResolvedProvider> provider,
                                 ClientSecret secret) {
  Committer committer(*parts, order, std::move(begun), std::move(answer), std::move(provider),
                      std::move(secret));
  co_return co_await committer.Run();
}

}  // namespace tokenbroker

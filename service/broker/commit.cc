#include "broker/commit.h"

#include <algorithm>

#include "base/log.h"
#include "broker/grant_mapping.h"
#include "broker/refusals.h"
#include "broker/unknown_rotation.h"
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
    request_.replay = ReplayOf(*provider_->config);
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

  static int64_t Above(int64_t generation, const StoreTimeMark& time) {
    return std::max(generation + 1, absl::ToUnixMillis(time.store_time));
  }

  RefreshResult Stored(int64_t generation) {
    Grant& record = request_.record;
    record.generation = generation;
    if (request_.rotated == Rotated::kYes) record.refresh_token_generation = generation;
    auto token = std::make_shared<CachedToken>(*ToCachedToken(record, begun_.time));
    token->longest_life = order_.longer_life;
    parts_.cache.Put(record.key, std::move(token));
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
    RevocationRequest request;
    request.provider = provider_;
    request.client_secret = secret_.secret;
    request.token = request_.record.refresh_token;
    request.token_type_hint = "refresh_token";
    parts_.loop.Spawn(Revoke(&parts_.endpoint, std::move(request)));
    parts_.cache.Erase(order_.key.view(), request_.next);
    RefreshResult result;
    result.status =
        ReauthorizationRequired(order_.key.provider, StateReason::kRevoked, request_.next);
    return result;
  }

  static Task<void> Revoke(TokenEndpoint* endpoint, RevocationRequest request) {
    const std::string provider = request.provider->config->name;
    const absl::Status status = co_await endpoint->Revoke(std::move(request));
    if (status.ok()) co_return;
    Log(LogLevel::kWarning, "revocation_failed", {{"provider", provider}});
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

#include "broker/commit_job.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "broker/grant_mapping.h"
#include "broker/provider_revocation.h"
#include "broker/refusals.h"
#include "broker/remember.h"

namespace tokenbroker {
namespace {

constexpr absl::Duration kFirstPause = absl::Milliseconds(50);
// Well within the time for which a new server settles: it must have what the one before had.
constexpr absl::Duration kLongestPause = absl::Seconds(2);

int64_t Above(int64_t generation, const StoreTimeMark& time) {
  return std::max(generation + 1, absl::ToUnixMillis(time.store_time));
}

}  // namespace

CommitJob::CommitJob(BrokerParts* parts, CommitRequest request, StoreTimeMark time)
    : parts_(*parts),
      request_(std::move(request)),
      time_(time),
      listener_(parts->announced, request_.record.key),
      settled_(parts->loop) {
  hold_.emplace(parts->held, request_.record.key);
  undecided_.emplace(parts->undecided, request_.record.key);
}

std::shared_ptr<CommitJob> CommitJob::Start(BrokerParts* parts, CommitRequest request,
                                            StoreTimeMark time,
                                            absl::optional<absl::Duration> min_ttl) {
  auto job = std::make_shared<CommitJob>(parts, std::move(request), time);
  job->min_ttl_ = min_ttl;
  job->unsettled_.emplace(parts->in_flight);
  job->kept_ = KeptWrite::Watch(
      parts, job->request_.attempt, [job] { return job->request_; },
      [job] { job->Settle(job->Serve(job->request_.next)); });
  parts->loop.Spawn(Run(job));
  return job;
}

std::shared_ptr<CommitJob> CommitJob::Recover(BrokerParts* parts, CommitRequest request) {
  // The store's own clock is not known yet; it is when the store has answered.
  const StoreTimeMark guess{parts->loop.clock().TimeNow(), parts->Now()};
  auto job = std::make_shared<CommitJob>(parts, std::move(request), guess);
  job->kept_ = KeptWrite::Recovered(parts, job->request_.attempt);
  parts->loop.Spawn(Run(job));
  return job;
}

Task<void> CommitJob::Run(std::shared_ptr<CommitJob> job) {
  RefreshResult result = co_await job->UntilDecided();
  job->kept_->Decided();
  job->hold_.reset();
  job->undecided_.reset();
  job->Settle(std::move(result));
}

void CommitJob::Settle(RefreshResult result) {
  if (settled_.notified()) return;
  result_ = std::move(result);
  unsettled_.reset();
  settled_.Notify();
}

Task<RefreshResult> CommitJob::UntilDecided() {
  absl::Duration pause = kFirstPause;
  for (;;) {
    const CommitAnswer answer = co_await parts_.grants.Commit(request_);
    const bool answered = answer.outcome != CommitAnswer::Outcome::kNoStore &&
                          answer.outcome != CommitAnswer::Outcome::kUnavailable;
    if (answered) time_ = answer.time;
    switch (answer.outcome) {
      case CommitAnswer::Outcome::kStored:
        co_return Serve(answer.generation);
      case CommitAnswer::Outcome::kAlready:
        // What came since has kept our refresh token, and has an access token of its own.
        if (answer.generation > request_.next) co_return co_await TakeTheNewer();
        co_return Serve(answer.generation);
      case CommitAnswer::Outcome::kGone:
      case CommitAnswer::Outcome::kOlder:
        co_return co_await Restore();
      case CommitAnswer::Outcome::kRevoked:
        co_return Ended(ReauthorizationRequired(request_.record.key.provider, StateReason::kRevoked,
                                                request_.next));
      case CommitAnswer::Outcome::kDeleted:
        co_return Ended(GrantNotFound(request_.record.key.view()));
      case CommitAnswer::Outcome::kLost:
        co_return co_await TakeTheNewer();
      case CommitAnswer::Outcome::kRenumber:
        request_.next = Above(answer.generation, answer.time);
        co_await Rebase();
        break;
      case CommitAnswer::Outcome::kNoStore:
      case CommitAnswer::Outcome::kUnavailable:
        Log(LogLevel::kWarning, "commit_unconfirmed",
            {{"provider", request_.record.key.provider}, {"generation", request_.next}});
        // A primary that has lost its replicas goes on, as does what is stored there.
        if (answer.unreplicated) hold_.reset();
        co_await parts_.loop.Sleep(pause);
        pause = std::min(pause * 2, kLongestPause);
    }
  }
}

Task<void> CommitJob::Rebase() {
  if (request_.record.state != GrantState::kActive) co_return;
  const GrantKey key = request_.record.key;
  LoadAnswer present = co_await parts_.grants.Load(key);
  while (present.outcome == LoadAnswer::Outcome::kUnavailable ||
         present.outcome == LoadAnswer::Outcome::kNoStore) {
    co_await parts_.loop.Sleep(kFirstPause);
    present = co_await parts_.grants.Load(key);
  }
  const bool ours = present.grant && present.grant->refresh_token_generation == request_.parent;
  if (!ours) co_return;  // The next answer says what that means.
  Grant& record = request_.record;
  Secret successor = std::move(record.refresh_token);
  record = *std::move(present.grant);
  record.refresh_token = std::move(successor);
  if (record.state_reason == StateReason::kIdentityChanged) co_return;
  // What the provider refused meanwhile is the token that ours replaced.
  record.state = GrantState::kActive;
  record.state_reason = StateReason::kNone;
  record.last_error.clear();
}

RefreshResult CommitJob::Serve(int64_t generation) {
  Grant record = request_.record;
  record.generation = generation;
  if (request_.rotated == Rotated::kYes) record.refresh_token_generation = generation;
  std::shared_ptr<CachedToken> token = ToCachedToken(record, time_, &parts_.traits);
  if (min_ttl_ && token->Remaining(parts_.Now()) <= *min_ttl_) {
    TokenTraits traits = *token->traits;
    traits.unmet_ttl = *min_ttl_;
    token->traits = parts_.traits.Share(std::move(traits));
  }
  parts_.Cache(record.key, std::move(token));

  RefreshResult result;
  if (record.state_reason == StateReason::kIdentityChanged) {
    Log(LogLevel::kError, "identity_changed",
        {{"provider", record.key.provider}, {"generation", generation}});
    result.status = ReauthorizationRequired(record.key.provider, record.state_reason, generation);
  } else if (record.access_token.empty()) {
    result.status = RefreshFailed(record.key.provider, ErrorClass::kProviderTrouble,
                                  "unusable_access_token", absl::nullopt);
  }
  parts_.recent_commits.Add(std::move(record), request_.attempt, parts_.Now());
  return result;
}

// The store lost the record, or went back behind it: ours is the newest that there is.
Task<RefreshResult> CommitJob::Restore() {
  PutGrantRequest put;
  put.kind = PutKind::kRestore;
  put.attempt = request_.attempt;
  put.generation = request_.next;
  put.record = request_.record;
  put.record.generation = request_.next;
  if (request_.rotated == Rotated::kYes) put.record.refresh_token_generation = request_.next;
  for (absl::Duration pause = kFirstPause;;) {
    put.not_after = parts_.Now() + kLeaseRenewal;
    const PutGrantAnswer answer = co_await parts_.grants.PutGrant(put);
    switch (answer.outcome) {
      case PutGrantAnswer::Outcome::kStored:
      case PutGrantAnswer::Outcome::kAlready:
        co_return Serve(request_.next);
      case PutGrantAnswer::Outcome::kLost:
      case PutGrantAnswer::Outcome::kRenumber:
        co_return co_await TakeTheNewer();
      case PutGrantAnswer::Outcome::kSettling:
      case PutGrantAnswer::Outcome::kExpired:
      case PutGrantAnswer::Outcome::kNoStore:
      case PutGrantAnswer::Outcome::kUnavailable:
        if (answer.unreplicated) hold_.reset();
        co_await parts_.loop.Sleep(pause);
        pause = std::min(pause * 2, kLongestPause);
    }
  }
}

// A login or another replica stored something that did not come from our parent. Our answer is
// dropped, not revoked: that could kill the new login's consent.
Task<RefreshResult> CommitJob::TakeTheNewer() {
  kept_->Decided();
  const GrantKey& key = request_.record.key;
  RefreshResult result;
  LoadAnswer loaded = co_await parts_.grants.Load(key);
  if (loaded.grant) {
    Remember(&parts_, *loaded.grant, loaded.time);
    result.source = TokenSource::kStore;
    co_return result;
  }
  const bool gone = loaded.outcome == LoadAnswer::Outcome::kNotFound;
  result.status = gone ? GrantNotFound(key.view()) : StoreUnavailable(key.provider);
  co_return result;
}

// The grant was revoked or deleted while its refresh was under way: nobody is served, and the
// provider is told, since what it just gave is alive there.
RefreshResult CommitJob::Ended(absl::Status why) {
  kept_->Decided();
  const Grant& record = request_.record;
  RevokeAtProvider(&parts_, &parts_.in_flight, record);
  parts_.cache.Erase(record.key.view(), request_.next);
  RefreshResult result;
  result.status = std::move(why);
  return result;
}

}  // namespace tokenbroker

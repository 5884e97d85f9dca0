#include "broker/begin.h"

#include <algorithm>

#include "base/log.h"
#include "broker/grant_mapping.h"
#include "broker/refusals.h"
#include "broker/unknown_rotation.h"
#include "crypto/random.h"

namespace tokenbroker {
namespace {

constexpr absl::Duration kRetryPause = absl::Milliseconds(100);
constexpr absl::Duration kSettlingPause = absl::Milliseconds(500);
constexpr absl::Duration kLongestBusyPause = absl::Seconds(1);
constexpr size_t kAttemptBytes = 16;

using Outcome = BeginRefreshAnswer::Outcome;

// The steps of one BeginRefresh call; lives in its coroutine's frame.
class Beginner {
 public:
  Beginner(BrokerParts& parts, const RefreshOrder& order,
           std::shared_ptr<const ProviderConfig> config)
      : parts_(parts),
        order_(order),
        config_(std::move(config)),
        give_up_(parts.Now() + kFlightPatience) {
    NewAttempt();
  }

  Task<BeginResult> Run() {
    while (parts_.Now() < give_up_) {
      changed_ = parts_.changes.Next(order_.key);
      BeginRefreshRequest request = MakeRequest();
      BeginRefreshAnswer answer = co_await parts_.grants.BeginRefresh(std::move(request));
      absl::optional<BeginResult> result = co_await Consider(std::move(answer));
      if (result) co_return *std::move(result);
    }
    co_return End(StoreUnavailable(order_.key.provider));
  }

 private:
  void NewAttempt() {
    attempt_ = RandomBytes(kAttemptBytes);
    // A reply that was lost must not let an old GO be sent: the time counts from the first try.
    send_before_ = parts_.Now() + kLeaseRenewal;
  }

  BeginRefreshRequest MakeRequest() const {
    BeginRefreshRequest request;
    request.key = order_.key;
    request.known_generation = order_.known_generation;
    request.attempt = attempt_;
    request.not_after = send_before_;
    request.despite = despite_;
    request.demand = order_.demand;
    request.replay = ReplayOf(*config_);
    return request;
  }

  static BeginResult End(absl::Status status) {
    BeginResult result;
    result.ended.status = std::move(status);
    return result;
  }

  // What the answer means; nullopt: ask again.
  Task<absl::optional<BeginResult>> Consider(BeginRefreshAnswer answer) {
    const std::string& provider = order_.key.provider;
    switch (answer.outcome) {
      case Outcome::kGo:
        co_return Go(std::move(answer));
      case Outcome::kNoStore:
      case Outcome::kUnreadable:
        co_return End(StoreUnavailable(provider));
      case Outcome::kUnavailable:
        co_return co_await AskAgain();
      case Outcome::kSettling:
        co_await parts_.loop.Sleep(kSettlingPause);
        NewAttempt();
        co_return absl::nullopt;
      case Outcome::kExpired:
        NewAttempt();
        co_return absl::nullopt;
      case Outcome::kGone:
        parts_.cache.Erase(order_.key.view(), order_.known_generation);
        co_return End(GrantNotFound(order_.key.view()));
      case Outcome::kState:
        Remember(&parts_, *answer.grant, answer.time);
        co_return End(ReauthorizationRequired(provider, answer.grant->state_reason,
                                              answer.grant->generation, answer.grant->last_error));
      case Outcome::kNewer:
        Remember(&parts_, *answer.grant, answer.time);
        co_return Newer();
      case Outcome::kOlder:
        co_await Restore(std::move(answer));
        co_return absl::nullopt;
      case Outcome::kBackoff:
        co_return End(RefreshFailed(provider, answer.backoff_class, "",
                                    answer.until - answer.time.store_time));
      case Outcome::kBusy:
        co_await WaitForHolder(std::move(answer));
        co_return absl::nullopt;
      case Outcome::kUnknown:
        co_return co_await ConsiderUnknown(std::move(answer));
    }
    co_return End(StoreUnavailable(provider));
  }

  BeginResult Go(BeginRefreshAnswer answer) const {
    BegunRefresh begun;
    begun.attempt = attempt_;
    begun.grant = *std::move(answer.grant);
    begun.parent = begun.grant.refresh_token_generation;
    begun.next = answer.next;
    begun.intent_at = answer.intent_at;
    begun.despite_unknown = despite_.what == Despite::What::kUnknownAttempt;
    begun.send_before = send_before_;
    begun.time = answer.time;
    BeginResult result;
    result.begun = std::move(begun);
    return result;
  }

  static BeginResult Newer() {
    BeginResult result;
    result.ended.source = TokenSource::kStore;
    return result;
  }

  // No reply: the same attempt once more while it may still be sent, else it is taken back.
  Task<absl::optional<BeginResult>> AskAgain() {
    co_await parts_.loop.Sleep(kRetryPause);
    if (parts_.Now() < send_before_) co_return absl::nullopt;
    parts_.loop.Spawn(TakeBack(&parts_, order_.key, attempt_));
    co_return End(StoreUnavailable(order_.key.provider));
  }

  // The begin may have been executed although nobody heard: report it as not sent, so that it does
  // not look like an orphan that was.
  static Task<void> TakeBack(BrokerParts* parts, GrantKey key, Attempt attempt) {
    LoadAnswer loaded = co_await parts->grants.Load(key);
    FailRequest request;
    request.key = key;
    request.attempt = std::move(attempt);
    if (loaded.grant) request.parent = loaded.grant->refresh_token_generation;
    request.until = parts->loop.clock().TimeNow();
    co_await ReportFailure(parts, std::move(request));
  }

  // The store has less than we know: it went back. What we stored lately is put there again.
  Task<void> Restore(BeginRefreshAnswer answer) {
    Log(LogLevel::kError, "store_went_back",
        {{"provider", order_.key.provider},
         {"known_generation", order_.known_generation},
         {"stored_generation", answer.grant ? answer.grant->generation : 0}});
    const int64_t stored = answer.grant ? answer.grant->generation : 0;
    absl::optional<Grant> ours = parts_.recent_commits.Above(order_.key, stored, parts_.Now());
    NewAttempt();
    if (!ours) {
      despite_.what = Despite::What::kRollback;
      co_return;
    }
    PutGrantRequest put;
    put.kind = PutKind::kRestore;
    put.attempt = RandomBytes(kAttemptBytes);
    put.generation = ours->generation;
    put.not_after = parts_.Now() + kLeaseRenewal;
    put.record = *std::move(ours);
    const PutGrantAnswer restored = co_await parts_.grants.PutGrant(std::move(put));
    if (restored.outcome == PutGrantAnswer::Outcome::kLost) {
      despite_.what = Despite::What::kRollback;
    }
  }

  // Another replica refreshes: its change message wakes us, and a jittered pause if that is lost.
  Task<void> WaitForHolder(BeginRefreshAnswer answer) {
    const absl::Duration lease = answer.until - answer.time.store_time;
    const absl::Duration pause =
        std::max(kRetryPause, std::min(lease, parts_.jitter.Around(kLongestBusyPause / 2, 0.5)));
    const std::shared_ptr<Event> changed = changed_;
    co_await changed->WaitUntil(parts_.Now() + pause);
    NewAttempt();
  }

  Task<absl::optional<BeginResult>> ConsiderUnknown(BeginRefreshAnswer answer) {
    const absl::Time now = answer.time.store_time;
    const UnknownRotation unknown{answer.intent_at, answer.begun_at};
    const absl::Time again = MayPresentAgainAt(*answer.grant, unknown, *config_, now);
    if (again <= now) {
      despite_.what = Despite::What::kUnknownAttempt;
      despite_.attempt = answer.unknown_attempt;
      NewAttempt();
      co_return absl::nullopt;
    }
    FailRequest defer;
    defer.key = order_.key;
    defer.attempt = answer.unknown_attempt;
    defer.parent = answer.grant->refresh_token_generation;
    defer.outcome = Delivery::kLostAnswer;
    defer.error_class = ErrorClass::kRotationUnknown;
    defer.last_error = std::string(ErrorClassName(ErrorClass::kRotationUnknown));
    defer.until = again;
    FailAnswer deferred = co_await ReportFailure(&parts_, std::move(defer));
    if (deferred.outcome == FailAnswer::Outcome::kNewer) {
      Remember(&parts_, *deferred.grant, deferred.time);
      co_return Newer();
    }
    co_return End(
        RefreshFailed(order_.key.provider, ErrorClass::kRotationUnknown, "", again - now));
  }

  BrokerParts& parts_;
  const RefreshOrder& order_;
  const std::shared_ptr<const ProviderConfig> config_;
  const SteadyTime give_up_;
  Attempt attempt_;
  SteadyTime send_before_;
  Despite despite_;
  std::shared_ptr<Event> changed_;
};

}  // namespace

Task<BeginResult> BeginRefresh(BrokerParts* parts, RefreshOrder order,
                               std::shared_ptr<const ProviderConfig> config) {
  Beginner beginner(*parts, order, std::move(config));
  co_return co_await beginner.Run();
}

Task<FailAnswer> ReportFailure(BrokerParts* parts, FailRequest request) {
  const SteadyTime give_up = parts->Now() + kFlightPatience;
  for (;;) {
    FailAnswer answer = co_await parts->grants.Fail(request);
    const bool heard = answer.outcome != FailAnswer::Outcome::kUnavailable &&
                       answer.outcome != FailAnswer::Outcome::kNoStore;
    if (heard || parts->Now() >= give_up) co_return answer;
    co_await parts->loop.Sleep(kRetryPause);
  }
}

void Remember(BrokerParts* parts, const Grant& grant, const StoreTimeMark& time) {
  const std::shared_ptr<const CachedToken> known = parts->cache.Peek(grant.key.view());
  const bool same =
      known != nullptr && known->generation == grant.generation && known->state == grant.state;
  if (same) return;  // It may know more than the store: that the last refresh failed.
  parts->cache.Put(grant.key, ToCachedToken(grant, time));
}

}  // namespace tokenbroker

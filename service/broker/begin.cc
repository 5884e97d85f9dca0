#include "broker/begin.h"

#include <algorithm>

#include "base/log.h"
#include "broker/failure_report.h"
#include "broker/refusals.h"
#include "broker/remember.h"
#include "broker/restore.h"
#include "broker/unknown_rotation.h"
#include "crypto/random.h"

namespace tokenbroker {
namespace {

constexpr absl::Duration kRetryPause = absl::Milliseconds(100);
constexpr absl::Duration kSettlingPause = absl::Milliseconds(500);
constexpr absl::Duration kLongestBusyPause = absl::Seconds(1);
// When a caller that waits for an unknown rotation should ask again at the latest, and whether it
// is settled is looked at.
constexpr absl::Duration kLongestPatience = absl::Hours(24);
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
        give_up_(parts.Now() + kFlightPatience),
        obstacle_(StoreUnavailable(order.key.provider)) {
    if (order_.retry_dead) despite_.what = Despite::What::kState;
    NewAttempt();
  }

  Task<BeginResult> Run() {
    // What the store would answer is out of date while something of ours is on its way to it.
    if (parts_.held.contains(order_.key)) co_return End(StoreUnavailable(order_.key.provider));
    BeginResult result = co_await AskUntilDecided();
    if (!result.begun) LeaveAttempt();
    co_return result;
  }

 private:
  Task<BeginResult> AskUntilDecided() {
    while (parts_.Now() < give_up_) {
      changed_ = parts_.changes.Next(order_.key);
      BeginRefreshRequest request = MakeRequest();
      BeginRefreshAnswer answer = co_await parts_.grants.BeginRefresh(std::move(request));
      absl::optional<BeginResult> result = co_await Consider(std::move(answer));
      if (result) co_return *std::move(result);
    }
    co_return End(std::move(obstacle_));
  }

  void NewAttempt() {
    LeaveAttempt();
    attempt_ = RandomBytes(kAttemptBytes);
    // A reply that was lost must not let an old GO be sent: the time counts from the first try.
    send_before_ = parts_.Now() + kLeaseRenewal;
  }

  // It will not be sent. If a reply was lost it may have been begun.
  void LeaveAttempt() {
    if (replies_ == Replies::kOneLost) TakeBack(&parts_, order_.key, attempt_, send_before_);
    replies_ = Replies::kAllHeard;
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
        obstacle_ = StoreUnavailable(provider);
        co_await parts_.loop.Sleep(kSettlingPause);
        NewAttempt();
        co_return absl::nullopt;
      case Outcome::kExpired:
        co_await parts_.loop.Sleep(kRetryPause);
        NewAttempt();
        co_return absl::nullopt;
      case Outcome::kGone:
        co_return co_await ConsiderLoss();
      case Outcome::kState:
        Remember(&parts_, *answer.grant, answer.time);
        co_return End(ReauthorizationRequired(provider, answer.grant->state_reason,
                                              answer.grant->generation, answer.grant->last_error));
      case Outcome::kNewer:
        Remember(&parts_, *answer.grant, answer.time);
        co_return Newer();
      case Outcome::kOlder:
        co_return co_await ConsiderRollback(std::move(answer));
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
    begun.despite_unknown = PresentedBefore(answer);
    begun.attempt = attempt_;
    begun.grant = std::move(answer.grant);
    begun.parent = begun.grant->refresh_token_generation;
    begun.next = answer.next;
    begun.intent_at = answer.intent_at;
    begun.begun_at = answer.begun_at;
    begun.send_before = send_before_;
    begun.time = answer.time;
    BeginResult result;
    result.begun = std::move(begun);
    return result;
  }

  // Whether somebody has, or may have, presented the token already, and that matters.
  bool PresentedBefore(const BeginRefreshAnswer& answer) const {
    if (config_->refresh.rotation == Rotation::kNone) return false;
    // An orphan that was settled meanwhile leaves nothing unknown.
    const bool orphan = despite_.what == Despite::What::kUnknownAttempt;
    if (orphan) return answer.intent_at < answer.begun_at;
    // Nor does a rollback that somebody mended.
    const bool rollback = despite_.what == Despite::What::kRollback;
    return rollback && answer.grant->generation < order_.known_generation;
  }

  static BeginResult Newer() {
    BeginResult result;
    result.ended.source = TokenSource::kStore;
    return result;
  }

  // No reply: the same attempt once more while it may still be sent.
  Task<absl::optional<BeginResult>> AskAgain() {
    replies_ = Replies::kOneLost;
    co_await parts_.loop.Sleep(kRetryPause);
    if (parts_.Now() < send_before_) co_return absl::nullopt;
    co_return End(StoreUnavailable(order_.key.provider));
  }

  // The store has less than we know: it went back. What we stored lately is put there again; else
  // what it has was replaced once, and may have been presented by anybody.
  Task<absl::optional<BeginResult>> ConsiderRollback(BeginRefreshAnswer answer) {
    const int64_t stored = answer.grant ? answer.grant->generation : 0;
    parts_.gates.For(order_.key.provider).meters().RollbackFound();
    Log(LogLevel::kError, "store_went_back",
        {{"provider", order_.key.provider},
         {"known_generation", order_.known_generation},
         {"stored_generation", stored}});
    NewAttempt();
    const Restored restored = co_await RestoreOurs(stored);
    if (restored == Restored::kYes && !IsNeeded()) co_return Newer();
    if (restored != Restored::kNo) co_return absl::nullopt;
    if (parts_.undecided.contains(order_.key)) co_return End(StoreUnavailable(order_.key.provider));
    const absl::Duration patience = LeftOfTheNewerToken();
    if (patience > absl::ZeroDuration()) {
      co_return End(RotationUnknown(patience));
    }
    despite_ = {Despite::What::kRollback, Attempt()};
    co_return absl::nullopt;
  }

  // The store has nothing: deleted, or lost altogether.
  Task<absl::optional<BeginResult>> ConsiderLoss() {
    NewAttempt();
    const Restored restored = co_await RestoreOurs(0);
    if (restored != Restored::kNo) co_return absl::nullopt;
    const LoadAnswer loaded = co_await parts_.grants.Load(order_.key);
    const bool absent = loaded.outcome == LoadAnswer::Outcome::kNotFound;
    const bool lost = absent && loaded.deleted_generation < order_.known_generation;
    const std::shared_ptr<const CachedToken> ours = parts_.cache.Peek(order_.key.view());
    const bool good = lost && ours != nullptr && ours->IsGood(parts_.Now());
    if (!absent || good || parts_.undecided.contains(order_.key)) {
      co_return End(StoreUnavailable(order_.key.provider));
    }
    parts_.cache.Erase(order_.key.view(), order_.known_generation);
    co_return End(GrantNotFound(order_.key.view()));
  }

  // What was put back may be young: it was due by the record that the store had instead of it.
  bool IsNeeded() const {
    if (order_.demand == Demand::kCaller || order_.retry_dead) return true;
    const std::shared_ptr<const CachedToken> ours = parts_.cache.Peek(order_.key.view());
    return ours == nullptr || ours->refresh_due <= parts_.Now();
  }

  // What we stored lately is put back. Unless kNo the store must be asked again.
  Task<Restored> RestoreOurs(int64_t stored) {
    absl::optional<RecentCommit> ours =
        parts_.recent_commits.Above(order_.key, stored, parts_.Now());
    if (!ours) co_return Restored::kNo;
    const Restored restored = co_await RestoreGrant(&parts_, *std::move(ours));
    if (restored == Restored::kAgain) co_await parts_.loop.Sleep(kRetryPause);
    co_return restored;
  }

  // For how long the token that the store lost is still good: the rule of unknown rotations.
  absl::Duration LeftOfTheNewerToken() const {
    const std::shared_ptr<const CachedToken> newer = parts_.cache.Peek(order_.key.view());
    const bool good = newer != nullptr && newer->generation == order_.known_generation &&
                      newer->IsGood(parts_.Now());
    if (!good || config_->refresh.rotation == Rotation::kNone) return absl::ZeroDuration();
    const absl::Duration left = newer->Remaining(parts_.Now());
    const bool given_up = left == absl::InfiniteDuration() && order_.demand == Demand::kCaller;
    return given_up ? absl::ZeroDuration() : left;
  }

  absl::Status RotationUnknown(absl::Duration patience) const {
    return RefreshFailed(order_.key.provider, ErrorClass::kRotationUnknown, "",
                         std::min(patience, kLongestPatience));
  }

  // Another replica refreshes: its change message wakes us, and a jittered pause if that is lost.
  Task<void> WaitForHolder(BeginRefreshAnswer answer) {
    const absl::Duration lease = answer.until - answer.time.store_time;
    const absl::Duration pause =
        std::max(kRetryPause, std::min(lease, parts_.jitter.Around(kLongestBusyPause / 2, 0.5)));
    const std::shared_ptr<Event> changed = changed_;
    co_await changed->WaitUntil(parts_.Now() + pause);
    NewAttempt();
    // Whoever refreshes for so long waits for the provider.
    obstacle_ = RefreshFailed(order_.key.provider, ErrorClass::kProviderTrouble, "", pause);
  }

  Task<absl::optional<BeginResult>> ConsiderUnknown(BeginRefreshAnswer answer) {
    parts_.gates.For(order_.key.provider).meters().OrphanFound(answer.unknown_attempt);
    const absl::Time now = answer.time.store_time;
    const UnknownRotation unknown{answer.intent_at, answer.begun_at};
    const absl::Time again =
        MayPresentAgainAt(*answer.grant, unknown, *config_, order_.demand, now);
    if (again <= now) {
      const bool went_back = answer.grant->generation < order_.known_generation;
      despite_.what = went_back ? Despite::What::kRollback : Despite::What::kUnknownAttempt;
      despite_.attempt = answer.unknown_attempt;
      NewAttempt();
      co_return absl::nullopt;
    }
    FailRequest defer;
    defer.key = order_.key;
    defer.attempt = answer.unknown_attempt;
    defer.parent = answer.grant->refresh_token_generation;
    defer.outcome = Delivery::kLostAnswer;
    // Without an end of the patience only the due entry waits: callers decide.
    if (again != absl::InfiniteFuture()) defer.error_class = ErrorClass::kRotationUnknown;
    defer.last_error = std::string(ErrorClassName(ErrorClass::kRotationUnknown));
    defer.until = again;
    FailAnswer deferred = co_await ReportFailure(&parts_, std::move(defer));
    if (deferred.outcome == FailAnswer::Outcome::kNewer) {
      Remember(&parts_, *deferred.grant, deferred.time);
      co_return Newer();
    }
    co_return End(RotationUnknown(again - now));
  }

  enum class Replies { kAllHeard, kOneLost };

  BrokerParts& parts_;
  const RefreshOrder& order_;
  const std::shared_ptr<const ProviderConfig> config_;
  const SteadyTime give_up_;
  // What stood in the way last.
  absl::Status obstacle_;
  Attempt attempt_;
  // Of the present attempt.
  Replies replies_ = Replies::kAllHeard;
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

}  // namespace tokenbroker

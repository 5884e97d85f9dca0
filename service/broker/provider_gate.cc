#include "broker/provider_gate.h"

#include <absl/hash/hash.h>
#include <absl/strings/str_join.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/log.h"
#include "broker/refusals.h"

namespace tokenbroker {
namespace {

// So many failures in a row, of whatever grants, open the circuit.
constexpr int kCircuitThreshold = 5;
constexpr absl::Duration kShortestBackoff = absl::Seconds(1);
constexpr absl::Duration kLongestBackoff = absl::Minutes(5);
// Of the provider: one probe in so long costs it nothing, and every grant waits for it.
constexpr absl::Duration kLongestPause = absl::Seconds(30);
// How long one probe of an open circuit keeps the others waiting for its result.
constexpr absl::Duration kProbeTurn = absl::Seconds(5);

// How many requests that can wait stand in a refresh's way at most.
constexpr int kBehindRefreshes = 4;

// When to suspect the configuration rather than the grants.
constexpr absl::Duration kSuspicionWindow = absl::Minutes(5);
constexpr size_t kSuspiciousGrants = 20;
constexpr double kSuspiciousShare = 0.05;
// Of refreshes that were refused, those after a lost rotation included (docs/adr/0014).
constexpr double kSuspiciousShareOfAll = 0.5;

// The error of a freeze by suspicion.
constexpr char kSuspicion[] = "invalid_grant";

// Public clients have no secret; a freeze still needs a name to bind to.
constexpr char kNoSecret[] = "none";

// Of all secrets together, whichever is tried next: who uses the same ones is frozen alike, and a
// change of any of them thaws.
std::string SecretsOf(const ProviderConfig& config) {
  const std::string all = absl::StrJoin(
      config.client_secrets, "+",
      [](std::string* out, const ClientSecret& secret) { out->append(secret.fingerprint); });
  return all.empty() ? kNoSecret : all;
}

// 1 s, 2 s, 4 s, ... up to the longest, drawn from its upper half and the lower alike ("full
// jitter"), but never so short that a dead provider is hammered.
absl::Duration Backoff(int failures, Jitter& jitter) {
  const double doubled = std::ldexp(1.0, std::min(failures - 1, 16));
  const absl::Duration ceiling = std::min(kShortestBackoff * doubled, kLongestBackoff);
  return std::max(jitter.Below(ceiling), kShortestBackoff / 4);
}

}  // namespace

ProviderGate::ProviderGate(Loop& loop, Metrics& metrics, Jitter& jitter, std::string provider)
    : loop_(loop),
      jitter_(jitter),
      provider_(std::move(provider)),
      meters_(metrics, provider_),
      secrets_(metrics, provider_),
      in_flight_(loop, 1),
      behind_refreshes_(loop, kBehindRefreshes),
      in_flight_limit_(1) {}

bool ProviderGate::CircuitOpen() const { return consecutive_failures_ >= kCircuitThreshold; }

bool ProviderGate::IsFrozen(const ProviderConfig& config) {
  return !frozen_fingerprint_.empty() && frozen_fingerprint_ == SecretsOf(config);
}

bool ProviderGate::Probing(const ProviderConfig& config) {
  return IsFrozen(config) || CircuitOpen();
}

void ProviderGate::ShowFreeze(const ProviderConfig& config) {
  meters_.ShowFrozen(IsFrozen(config));
}

void ProviderGate::ShowPause() { meters_.ShowBackingOff(not_before_ > loop_.clock().SteadyNow()); }

SteadyTime ProviderGate::ReopensAt(const ProviderConfig& config) {
  return IsFrozen(config) ? std::max(probe_at_, not_before_) : not_before_;
}

bool ProviderGate::MayCall(const ProviderConfig& config) {
  return loop_.clock().SteadyNow() >= ReopensAt(config);
}

absl::Status ProviderGate::MayEnter(const ProviderConfig& config) {
  const SteadyTime now = loop_.clock().SteadyNow();
  const bool frozen = IsFrozen(config);
  ShowFreeze(config);
  if (now >= ReopensAt(config)) return absl::OkStatus();
  const absl::Duration wait = ReopensAt(config) - now;
  if (!frozen) return RefreshFailed(provider_, backoff_class_, "", wait);
  return RefreshFailed(provider_, ErrorClass::kOurConfiguration, frozen_error_, wait);
}

absl::Status ProviderGate::Enter(const ProviderConfig& config) {
  absl::Status open = MayEnter(config);
  if (!open.ok()) return open;
  const SteadyTime now = loop_.clock().SteadyNow();
  if (IsFrozen(config)) probe_at_ = now + kProbeInterval;
  if (CircuitOpen()) {
    not_before_ = probe_turn_ = now + kProbeTurn;
    EndProbe();
    probe_ = std::make_shared<Event>(loop_);
  }
  return open;
}

Task<void> ProviderGate::AwaitProbe(SteadyTime deadline) {
  const std::shared_ptr<Event> probe = probe_;
  const SteadyTime until = std::min(deadline, probe_turn_);
  if (probe != nullptr) co_await probe->WaitUntil(until);
}

bool ProviderGate::EndProbe() {
  const std::shared_ptr<Event> probe = std::exchange(probe_, nullptr);
  if (probe != nullptr) probe->Notify();
  return probe != nullptr;
}

Task<Semaphore::Permit> ProviderGate::Admit(std::shared_ptr<const ProviderConfig> config,
                                            SteadyTime deadline) {
  Fit(*config);
  Semaphore::Permit permit = co_await in_flight_.AcquireUntil(deadline);
  if (!permit || config->requests_per_second <= 0) co_return permit;
  const SteadyTime slot = std::max(next_slot_, loop_.clock().SteadyNow());
  if (slot > deadline) co_return Semaphore::Permit();
  next_slot_ = slot + absl::Seconds(1) / RequestsPerSecond(*config);
  co_await loop_.SleepUntil(slot);
  co_return permit;
}

Task<ProviderGate::Turn> ProviderGate::AdmitBehindRefreshes(
    std::shared_ptr<const ProviderConfig> config) {
  constexpr SteadyTime kNoDeadline = SteadyTime::InfiniteFuture();
  Turn turn;
  turn.among_those_who_wait = co_await behind_refreshes_.AcquireUntil(kNoDeadline);
  for (;;) {
    Fit(*config);
    turn.permit = co_await in_flight_.AcquireUntil(kNoDeadline);
    if (config->requests_per_second <= 0) co_return turn;
    const SteadyTime now = loop_.clock().SteadyNow();
    if (next_slot_ <= now) {
      next_slot_ = now + absl::Seconds(1) / RequestsPerSecond(*config);
      co_return turn;
    }
    turn.permit = Semaphore::Permit();
    co_await loop_.SleepUntil(next_slot_);
  }
}

int ProviderGate::FreeSlots(const ProviderConfig& config, absl::Duration within) {
  Fit(config);
  const int free = std::max(in_flight_.free_permits(), 0);
  if (config.requests_per_second <= 0) return free;
  const absl::Duration taken =
      std::max(next_slot_ - loop_.clock().SteadyNow(), absl::ZeroDuration());
  const double slots = absl::ToDoubleSeconds(within - taken) * RequestsPerSecond(config);
  return std::min(free, static_cast<int>(std::clamp(std::ceil(slots), 0.0, 1e6)));
}

void ProviderGate::Fit(const ProviderConfig& config) {
  const int share = std::max(1, config.max_in_flight / replicas_);
  if (share == in_flight_limit_) return;
  in_flight_limit_ = share;
  in_flight_.Resize(in_flight_limit_);
}

void ProviderGate::Succeeded(const ProviderConfig& config, const ClientSecret& used) {
  ++ThisMinute().refreshes;
  last_success_ = loop_.clock().SteadyNow();
  CloseCircuit();
  secrets_.Accepted(config, used);
  if (IsFrozen(config)) Thaw();
  ShowFreeze(config);
}

void ProviderGate::CloseCircuit() {
  consecutive_failures_ = 0;
  EndProbe();
  if (not_before_ <= std::max(loop_.clock().SteadyNow(), told_not_before_)) return;
  not_before_ = told_not_before_;
  unpublished_.anything = unpublished_.closed_circuit = true;
}

ProviderGate::Next ProviderGate::Misconfigured(const ProviderConfig& config,
                                               const ClientSecret& used, absl::string_view error) {
  CloseCircuit();
  // Whatever else is wrong is no better with another secret.
  if (RefusesTheSecret(error) && secrets_.Refused(config, used)) {
    Log(LogLevel::kWarning, "client_secret_refused",
        {{"provider", provider_}, {"fingerprint", used.fingerprint}, {"error", error}});
    return Next::kAnotherSecret;
  }
  Freeze(config, error);
  return Next::kFrozen;
}

void ProviderGate::Freeze(const ProviderConfig& config, absl::string_view error) {
  const SteadyTime now = loop_.clock().SteadyNow();
  const bool already = IsFrozen(config);
  frozen_fingerprint_ = SecretsOf(config);
  frozen_error_ = std::string(error);
  probe_at_ = now + kProbeInterval;
  ShowFreeze(config);
  unpublished_.anything = unpublished_.freeze = true;
  if (already) return;
  frozen_at_ = now;
  Log(LogLevel::kError, "provider_frozen",
      {{"provider", provider_}, {"fingerprint", frozen_fingerprint_}, {"error", error}});
}

void ProviderGate::Thaw() {
  Log(LogLevel::kInfo, "provider_thawed", {{"provider", provider_}});
  frozen_fingerprint_.clear();
  frozen_error_.clear();
  unpublished_.anything = unpublished_.freeze = true;
}

absl::Duration ProviderGate::Troubled(ErrorClass error_class,
                                      absl::optional<absl::Duration> retry_after,
                                      int failures_of_grant) {
  const SteadyTime now = loop_.clock().SteadyNow();
  ++ThisMinute().refreshes;
  // Once the circuit is open only its probe says something new: what else fails was sent before.
  const bool probed = EndProbe();
  const bool news = probed || !CircuitOpen();
  if (news) ++consecutive_failures_;
  const absl::Duration wait =
      std::max(retry_after.value_or(absl::ZeroDuration()), Backoff(failures_of_grant, jitter_));
  SteadyTime until = SteadyTime::InfinitePast();
  if (error_class == ErrorClass::kQuota || retry_after) {
    until = now + wait;
    told_not_before_ = std::max(told_not_before_, until);
  } else if (CircuitOpen() && news) {
    const int failures = consecutive_failures_ - kCircuitThreshold + 1;
    until = now + std::min(Backoff(failures, jitter_), kLongestPause);
  }
  // The probe's turn is over.
  if (probed) not_before_ = std::max(told_not_before_, now);
  if (until > not_before_) {
    not_before_ = until;
    backoff_class_ = error_class;
    unpublished_.anything = true;
  }
  return wait;
}

bool ProviderGate::BelieveDead(const ProviderConfig& config, const GrantKey& key,
                               StateReason cause) {
  Minute& minute = ThisMinute();
  ++minute.refreshes;
  (cause == StateReason::kRotationLost ? minute.rotation_lost : minute.dead)
      .insert(absl::Hash<GrantKey>()(key));
  CloseCircuit();
  absl::flat_hash_set<size_t> unexplained;
  absl::flat_hash_set<size_t> all;
  int refreshes = 0;
  for (const Minute& m : minutes_) {
    unexplained.insert(m.dead.begin(), m.dead.end());
    all.insert(m.dead.begin(), m.dead.end());
    all.insert(m.rotation_lost.begin(), m.rotation_lost.end());
    refreshes += m.refreshes;
  }
  const auto many = [refreshes](const absl::flat_hash_set<size_t>& refused, double share) {
    return refused.size() > kSuspiciousGrants &&
           static_cast<double>(refused.size()) > share * refreshes;
  };
  // Once suspected, its probes condemn nobody either: only a success ends that.
  const bool suspect = many(unexplained, kSuspiciousShare) || many(all, kSuspiciousShareOfAll) ||
                       (IsFrozen(config) && frozen_error_ == kSuspicion);
  if (suspect) Freeze(config, kSuspicion);
  return !suspect;
}

ProviderGate::Minute& ProviderGate::ThisMinute() {
  const int64_t number = absl::ToInt64Minutes(loop_.clock().SteadyNow().since_origin());
  if (minutes_.empty() || minutes_.back().number != number) {
    minutes_.emplace_back();
    minutes_.back().number = number;
  }
  // The first of them is counted whole although only a part of it lies within the window.
  while (minutes_.front().number + absl::ToInt64Minutes(kSuspicionWindow) < number) {
    minutes_.pop_front();
  }
  return minutes_.back();
}

ProviderState ProviderGate::State(const StoreTimeMark& now) const {
  ProviderState state;
  if (not_before_ > now.steady) {
    state.not_before = now.ToStore(not_before_);
    state.backoff_class = backoff_class_;
  }
  if (!frozen_fingerprint_.empty()) {
    state.frozen_fingerprint = frozen_fingerprint_;
    state.frozen_at = now.ToStore(frozen_at_);
    state.frozen_error = frozen_error_;
  }
  return state;
}

void ProviderGate::Adopt(const ProviderConfig& config, const ProviderState& state,
                         const StoreTimeMark& now) {
  const SteadyTime not_before = now.ToSteady(state.not_before);
  const bool quota = state.backoff_class == ErrorClass::kQuota;
  const bool out_of_date = unpublished_.closed_circuit && !quota;
  if (state.not_before > now.store_time && not_before > not_before_ && !out_of_date) {
    not_before_ = not_before;
    backoff_class_ = state.backoff_class;
    if (quota) {
      told_not_before_ = not_before;
    } else {
      // Here too it is tried with one request first.
      consecutive_failures_ = std::max(consecutive_failures_, kCircuitThreshold);
    }
  }
  if (!unpublished_.freeze && state.frozen_fingerprint != frozen_fingerprint_) {
    frozen_fingerprint_ = state.frozen_fingerprint;
    frozen_error_ = state.frozen_error;
    frozen_at_ = now.ToSteady(state.frozen_at);
    probe_at_ = now.steady + kProbeInterval;
  }
  ShowFreeze(config);
}

bool ProviderGate::TakeChanged() {
  taken_ = std::exchange(unpublished_, Unpublished());
  return taken_.anything;
}

ProviderChange ProviderGate::TakenChange(const StoreTimeMark& now) const {
  ProviderChange change = State(now);
  if (!taken_.freeze) change.freeze = ProviderChange::Freeze::kKeep;
  if (!taken_.closed_circuit) change.pause = ProviderChange::Pause::kLonger;
  return change;
}

void ProviderGate::PutChangedBack() {
  unpublished_.anything |= taken_.anything;
  unpublished_.freeze |= taken_.freeze;
  unpublished_.closed_circuit |= taken_.closed_circuit;
}

}  // namespace tokenbroker

#include "broker/provider_gate.h"

#include <absl/hash/hash.h>

#include <algorithm>
#include <cmath>

#include "base/log.h"
#include "broker/refusals.h"

namespace tokenbroker {
namespace {

// So many failures in a row, of whatever grants, open the circuit.
constexpr int kCircuitThreshold = 5;
constexpr absl::Duration kShortestBackoff = absl::Seconds(1);
constexpr absl::Duration kLongestBackoff = absl::Minutes(5);
// How long one probe of an open circuit keeps the others waiting for its result.
constexpr absl::Duration kProbeTurn = absl::Seconds(5);

// When to suspect the configuration rather than the grants.
constexpr absl::Duration kSuspicionWindow = absl::Minutes(5);
constexpr size_t kSuspiciousGrants = 20;
constexpr double kSuspiciousShare = 0.05;

// Public clients have no secret; a freeze still needs a name to bind to.
constexpr char kNoSecret[] = "none";

std::string FingerprintOf(const ClientSecret& secret) {
  return secret.fingerprint.empty() ? kNoSecret : secret.fingerprint;
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
      frozen_gauge_(metrics.Gauge("tokenbroker_provider_frozen",
                                  "1 while a provider's refreshes are stopped because it refuses "
                                  "the broker's own registration.",
                                  {{"provider", provider_}})),
      in_flight_(loop, 1),
      in_flight_limit_(1) {}

bool ProviderGate::CircuitOpen() const { return consecutive_failures_ >= kCircuitThreshold; }

bool ProviderGate::IsFrozen(const ProviderConfig& config) {
  return !frozen_fingerprint_.empty() && frozen_fingerprint_ == FingerprintOf(Choose(config));
}

SteadyTime ProviderGate::ReopensAt(const ProviderConfig& config) {
  return IsFrozen(config) ? std::max(probe_at_, not_before_) : not_before_;
}

bool ProviderGate::MayCall(const ProviderConfig& config) {
  return loop_.clock().SteadyNow() >= ReopensAt(config);
}

absl::Status ProviderGate::MayEnter(const ProviderConfig& config) {
  const SteadyTime now = loop_.clock().SteadyNow();
  const bool frozen = IsFrozen(config);
  if (!frozen && !frozen_fingerprint_.empty()) Thaw();
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
  if (CircuitOpen()) not_before_ = now + kProbeTurn;
  return open;
}

Task<Semaphore::Permit> ProviderGate::Admit(std::shared_ptr<const ProviderConfig> config,
                                            SteadyTime deadline) {
  FreeSlots(*config);
  Semaphore::Permit permit = co_await in_flight_.AcquireUntil(deadline);
  if (!permit || config->requests_per_second <= 0) co_return permit;
  const SteadyTime slot = std::max(next_slot_, loop_.clock().SteadyNow());
  if (slot > deadline) co_return Semaphore::Permit();
  next_slot_ = slot + absl::Seconds(1) / config->requests_per_second;
  co_await loop_.SleepUntil(slot);
  co_return permit;
}

int ProviderGate::FreeSlots(const ProviderConfig& config) {
  if (config.max_in_flight != in_flight_limit_) {
    in_flight_limit_ = config.max_in_flight;
    in_flight_.Resize(in_flight_limit_);
  }
  return std::max(in_flight_.free_permits(), 0);
}

ClientSecret ProviderGate::Choose(const ProviderConfig& config) {
  const std::vector<ClientSecret>& secrets = config.client_secrets;
  if (secrets.empty()) return ClientSecret();
  const auto by = [&secrets](auto predicate) {
    return std::find_if(secrets.begin(), secrets.end(), predicate);
  };
  auto it = by([this](const ClientSecret& s) { return s.fingerprint == working_secret_; });
  if (it == secrets.end()) {
    it = by([this](const ClientSecret& s) { return !refused_secrets_.contains(s.fingerprint); });
  }
  return it == secrets.end() ? secrets.front() : *it;
}

void ProviderGate::Succeeded(const ProviderConfig& config, const ClientSecret& used) {
  ++ThisMinute().refreshes;
  consecutive_failures_ = 0;
  if (not_before_ > loop_.clock().SteadyNow() && backoff_class_ != ErrorClass::kQuota) {
    not_before_ = SteadyTime::InfinitePast();
    changed_ = true;
  }
  working_secret_ = used.fingerprint;
  refused_secrets_.erase(used.fingerprint);
  if (IsFrozen(config)) Thaw();
}

ProviderGate::Next ProviderGate::Misconfigured(const ProviderConfig& config,
                                               const ClientSecret& used, absl::string_view error) {
  consecutive_failures_ = 0;
  if (working_secret_ == used.fingerprint) working_secret_.clear();
  refused_secrets_.insert(used.fingerprint);
  const bool another = std::any_of(
      config.client_secrets.begin(), config.client_secrets.end(),
      [this](const ClientSecret& s) { return !refused_secrets_.contains(s.fingerprint); });
  if (another) {
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
  frozen_fingerprint_ = FingerprintOf(Choose(config));
  frozen_error_ = std::string(error);
  probe_at_ = now + kProbeInterval;
  frozen_gauge_.Set(1);
  changed_ = true;
  if (already) return;
  frozen_at_ = now;
  Log(LogLevel::kError, "provider_frozen",
      {{"provider", provider_}, {"fingerprint", frozen_fingerprint_}, {"error", error}});
}

void ProviderGate::Thaw() {
  Log(LogLevel::kInfo, "provider_thawed", {{"provider", provider_}});
  frozen_fingerprint_.clear();
  frozen_error_.clear();
  frozen_gauge_.Set(0);
  changed_ = true;
}

absl::Duration ProviderGate::Troubled(ErrorClass error_class,
                                      absl::optional<absl::Duration> retry_after,
                                      int failures_of_grant) {
  const SteadyTime now = loop_.clock().SteadyNow();
  ++ThisMinute().refreshes;
  ++consecutive_failures_;
  const absl::Duration wait =
      std::max(retry_after.value_or(absl::ZeroDuration()), Backoff(failures_of_grant, jitter_));
  if (error_class == ErrorClass::kQuota || retry_after) {
    not_before_ = std::max(not_before_, now + wait);
    backoff_class_ = error_class;
    changed_ = true;
  } else if (CircuitOpen()) {
    const int beyond = consecutive_failures_ - kCircuitThreshold + 1;
    not_before_ = now + Backoff(beyond, jitter_);
    backoff_class_ = error_class;
    changed_ = true;
  }
  return wait;
}

bool ProviderGate::BelieveDead(const ProviderConfig& config, const GrantKey& key) {
  Minute& minute = ThisMinute();
  ++minute.refreshes;
  minute.dead.insert(absl::Hash<GrantKey>()(key));
  consecutive_failures_ = 0;
  absl::flat_hash_set<size_t> dead;
  int refreshes = 0;
  for (const Minute& m : minutes_) {
    dead.insert(m.dead.begin(), m.dead.end());
    refreshes += m.refreshes;
  }
  const bool suspect =
      dead.size() > kSuspiciousGrants &&
      static_cast<double>(dead.size()) > kSuspiciousShare * static_cast<double>(refreshes);
  if (suspect) Freeze(config, "invalid_grant");
  return !suspect;
}

ProviderGate::Minute& ProviderGate::ThisMinute() {
  const int64_t number = absl::ToInt64Minutes(loop_.clock().SteadyNow().since_origin());
  if (minutes_.empty() || minutes_.back().number != number) {
    minutes_.emplace_back();
    minutes_.back().number = number;
  }
  while (minutes_.front().number + absl::ToInt64Minutes(kSuspicionWindow) <= number) {
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

void ProviderGate::Adopt(const ProviderState& state, const StoreTimeMark& now) {
  if (changed_) return;  // What we know is newer and not published yet.
  if (state.not_before > now.store_time) {
    not_before_ = std::max(not_before_, now.ToSteady(state.not_before));
    backoff_class_ = state.backoff_class;
  }
  if (state.frozen_fingerprint == frozen_fingerprint_) return;
  if (state.frozen_fingerprint.empty()) {
    Thaw();
  } else {
    frozen_fingerprint_ = state.frozen_fingerprint;
    frozen_error_ = state.frozen_error;
    frozen_at_ = now.ToSteady(state.frozen_at);
    probe_at_ = now.steady + kProbeInterval;
    frozen_gauge_.Set(1);
  }
  changed_ = false;
}

bool ProviderGate::TakeChanged() { return std::exchange(changed_, false); }

}  // namespace tokenbroker

// May this provider be called now, how often, and with which client secret? What one refresh
// learned about the provider, for all others.
#pragma once

#include <absl/container/flat_hash_set.h>
#include <absl/status/status.h>
#include <absl/time/time.h>
#include <absl/types/optional.h>

#include <cstdint>
#include <deque>
#include <memory>
#include <string>

#include "base/jitter.h"
#include "base/metrics.h"
#include "broker/provider_meters.h"
#include "broker/secret_chooser.h"
#include "config/provider_config.h"
#include "io/event.h"
#include "io/loop.h"
#include "io/semaphore.h"
#include "store/grant_store.h"
#include "token/grant.h"
#include "token/store_time.h"

namespace tokenbroker {

// How often a frozen provider is tried with one refresh, to see whether it was mended.
inline constexpr absl::Duration kProbeInterval = absl::Minutes(1);

// Loop thread only. One per provider name, for as long as the process lives.
class ProviderGate {
 public:
  // All must outlive the gate.
  ProviderGate(Loop& loop, Metrics& metrics, Jitter& jitter, std::string provider);

  // OK when a refresh may be sent now. Else the refusal for callers whose token is no longer good.
  absl::Status MayEnter(const ProviderConfig& config);
  // As MayEnter, and the refresh is counted as the one probe of a frozen provider or of an open
  // circuit: it must be sent.
  absl::Status Enter(const ProviderConfig& config);
  // While the probe of an open circuit is under way: waits for what it says, until its turn is over
  // or the deadline has come. At once when there is none.
  Task<void> AwaitProbe(SteadyTime deadline);
  bool MayCall(const ProviderConfig& config);
  // A freeze binds those who use the secret that was refused.
  bool IsFrozen(const ProviderConfig& config);
  // The next request is a probe: frozen, or with an open circuit.
  bool Probing(const ProviderConfig& config);
  // When the next call may be made; InfinitePast when now.
  SteadyTime ReopensAt(const ProviderConfig& config);

  // What the provider itself asked for (Retry-After): no request before then.
  SteadyTime AskedToWaitUntil() const { return told_not_before_; }
  // InfinitePast before the first refresh that succeeded.
  SteadyTime last_success() const { return last_success_; }
  // Refreshes that are being sent, and what goes on behind them.
  int in_flight() const { return in_flight_limit_ - in_flight_.free_permits(); }

  ProviderMeters& meters() { return meters_; }
  // Shows what only the clock changes.
  void ShowPause();

  // The provider's limits are the fleet's: each of `n` replicas takes its share.
  void SetReplicas(int n) { replicas_ = n; }
  // Waits until the provider's limits (max_in_flight, requests_per_second) allow one more request.
  // A false permit when the deadline came first.
  Task<Semaphore::Permit> Admit(std::shared_ptr<const ProviderConfig> config, SteadyTime deadline);
  // As Admit for what can wait: a few at a time, behind the refreshes, and without a deadline.
  struct Turn {
    Semaphore::Permit among_those_who_wait;
    Semaphore::Permit permit;
  };
  Task<Turn> AdmitBehindRefreshes(std::shared_ptr<const ProviderConfig> config);
  // How many requests this replica may have under way, as far as is known.
  int slots() const { return in_flight_limit_; }
  // How many refreshes could be sent `within` that time from now, at most.
  int FreeSlots(const ProviderConfig& config, absl::Duration within);

  // Which client secret to present, and what was said of it.
  ClientSecret Choose(const ProviderConfig& config) const { return secrets_.Choose(config); }
  SecretChooser& secrets() { return secrets_; }

  // What the provider answered to a refresh.
  void Succeeded(const ProviderConfig& config, const ClientSecret& used);
  // Freezes the provider, unless it is this secret that it refuses and another has not been refused
  // yet: that one is next.
  enum class Next { kFrozen, kAnotherSecret };
  Next Misconfigured(const ProviderConfig& config, const ClientSecret& used,
                     absl::string_view error);
  // kProviderTrouble or kQuota; returns how long the grant should wait before its next try.
  absl::Duration Troubled(ErrorClass error_class, absl::optional<absl::Duration> retry_after,
                          int failures_of_grant);
  // invalid_grant, and what the grant would be said to have died of. False when so many grants were
  // refused lately that the configuration is suspect: then the provider is frozen and the grant
  // must not be condemned.
  bool BelieveDead(const ProviderConfig& config, const GrantKey& key, StateReason cause);

  // What the other replicas should know, and what they knew. The state is in the store's clock.
  // Adopt keeps what was learned here and is not published yet.
  ProviderState State(const StoreTimeMark& now) const;
  void Adopt(const ProviderConfig& config, const ProviderState& state, const StoreTimeMark& now);
  // True once after each change of State() that was made here.
  bool TakeChanged();
  // What was taken last, for a store that others tell of the same provider.
  ProviderChange TakenChange(const StoreTimeMark& now) const;
  // What was taken could not be published.
  void PutChangedBack();

 private:
  // What was learned here and not published yet.
  struct Unpublished {
    bool anything = false;
    bool freeze = false;
    bool closed_circuit = false;
  };
  struct Minute {
    int64_t number = 0;
    int refreshes = 0;
    // The grants that were refused, and those whose lost rotation explains it.
    absl::flat_hash_set<size_t> dead;
    absl::flat_hash_set<size_t> rotation_lost;
  };

  void Freeze(const ProviderConfig& config, absl::string_view error);
  void Thaw();
  void ShowFreeze(const ProviderConfig& config);
  void Fit(const ProviderConfig& config);
  // This replica's share; 0 for no limit.
  double RequestsPerSecond(const ProviderConfig& config) const {
    return config.requests_per_second / replicas_;
  }
  Minute& ThisMinute();
  bool CircuitOpen() const;
  // The provider answers again.
  void CloseCircuit();
  // True when it was under way.
  bool EndProbe();

  Loop& loop_;
  Jitter& jitter_;
  const std::string provider_;
  ProviderMeters meters_;
  SecretChooser secrets_;

  std::string frozen_fingerprint_;
  std::string frozen_error_;
  SteadyTime frozen_at_;
  SteadyTime probe_at_;

  // What the provider asked for, and the end of that or of the circuit's own pause.
  SteadyTime told_not_before_ = SteadyTime::InfinitePast();
  SteadyTime not_before_ = SteadyTime::InfinitePast();
  ErrorClass backoff_class_ = ErrorClass::kNone;
  int consecutive_failures_ = 0;
  // The probe of an open circuit that is under way, and how long it keeps the others waiting.
  std::shared_ptr<Event> probe_;
  SteadyTime probe_turn_;

  SteadyTime last_success_ = SteadyTime::InfinitePast();

  int replicas_ = 1;
  std::deque<Minute> minutes_;
  Semaphore in_flight_;
  Semaphore behind_refreshes_;
  int in_flight_limit_;
  SteadyTime next_slot_ = SteadyTime::InfinitePast();
  Unpublished unpublished_;
  Unpublished taken_;
};

}  // namespace tokenbroker

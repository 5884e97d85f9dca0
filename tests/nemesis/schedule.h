// What was done in a run, as an explanation of what was seen. Pure; any thread.
#pragma once

#include <absl/time/time.h>

#include <functional>
#include <vector>

#include "tests/nemesis/history.h"

namespace tokenbroker {

// How long what was done may still be felt: leases run out, circuits close, replicas settle.
inline constexpr absl::Duration kAftermath = absl::Seconds(20);
// How long a change may take to every replica when all is well.
inline constexpr absl::Duration kSpread = absl::Seconds(2);

using Applies = std::function<bool(const Incident&)>;

bool StoodStill(const Incident& incident);
bool Died(const Incident& incident);
// Some replica, or all.
bool KeepsFromRedis(const Incident& incident);
bool KeepsFromProvider(const Incident& incident);
bool ChangesTheSecret(const Incident& incident);
bool MayLoseALease(const Incident& incident);
// The wall clock of a replica, and it alone; or Redis'.
bool StepsAClock(const Incident& incident);
bool StepsTheClockOfRedis(const Incident& incident);
// A new certificate or another wall clock disturbs nothing.
bool Disturbs(const Incident& incident);
bool AnythingOfTheFleet(const Incident& incident);

class Schedule {
 public:
  // `incidents` outlive it.
  explicit Schedule(const std::vector<Incident>& incidents) : incidents_(incidents) {}

  // Whether something that `applies` was done between the two, or in the aftermath of it.
  bool Happened(absl::Time from, absl::Time to, const Applies& applies) const;
  // The longest time between the two in which nothing disturbed.
  absl::Duration LongestCalm(absl::Time from, absl::Time to) const;
  // Whether another process may have answered at a replica after `from` than before `to`.
  bool RestartedBetween(absl::Time from, absl::Time to, int replica) const;

 private:
  const std::vector<Incident>& incidents_;
};

}  // namespace tokenbroker

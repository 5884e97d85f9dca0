#include "tests/nemesis/schedule.h"

#include <algorithm>
#include <utility>

namespace tokenbroker {
bool StoodStill(const Incident& incident) { return incident.fault == Fault::kReplicaPaused; }

bool Died(const Incident& incident) {
  return incident.fault == Fault::kReplicaKilled || incident.fault == Fault::kReplicaRestarted;
}

bool KeepsFromRedis(const Incident& incident) {
  switch (incident.fault) {
    case Fault::kPacketsLost:
    case Fault::kRedisUnreached:
    case Fault::kRedisUnheard:
    case Fault::kRedisRefused:
      return true;
    default:
      return IsOfRedis(incident.fault);
  }
}

bool KeepsFromProvider(const Incident& incident) {
  return IsOfProvider(incident.fault) || incident.fault == Fault::kPacketsLost ||
         incident.fault == Fault::kProviderUnheard;
}

bool ChangesTheSecret(const Incident& incident) {
  return incident.fault == Fault::kClientSecretChanged;
}

bool MayLoseALease(const Incident& incident) {
  return StoodStill(incident) || Died(incident) || KeepsFromRedis(incident);
}

bool StepsAClock(const Incident& incident) { return incident.fault == Fault::kReplicaClockStepped; }

bool StepsTheClockOfRedis(const Incident& incident) {
  return incident.fault == Fault::kRedisClockStepped;
}

bool Disturbs(const Incident& incident) {
  return incident.fault != Fault::kReplicaReconfigured && !StepsAClock(incident);
}

bool AnythingOfTheFleet(const Incident& incident) {
  return !IsOfProvider(incident.fault) && Disturbs(incident);
}

bool Schedule::Happened(absl::Time from, absl::Time to, const Applies& applies) const {
  return std::any_of(incidents_.begin(), incidents_.end(), [&](const Incident& incident) {
    return incident.begun <= to && incident.ended + kAftermath >= from && applies(incident);
  });
}

absl::Duration Schedule::LongestCalm(absl::Time from, absl::Time to) const {
  std::vector<std::pair<absl::Time, absl::Time>> storms;
  for (const Incident& incident : incidents_) {
    if (Disturbs(incident)) storms.emplace_back(incident.begun, incident.ended);
  }
  std::sort(storms.begin(), storms.end());
  absl::Duration longest;
  for (const auto& [begun, ended] : storms) {
    longest = std::max(longest, std::min(begun, to) - from);
    from = std::max(from, ended);
  }
  return std::max(longest, to - from);
}

bool Schedule::RestartedBetween(absl::Time from, absl::Time to, int replica) const {
  return std::any_of(incidents_.begin(), incidents_.end(), [&](const Incident& incident) {
    return Died(incident) && incident.replica == replica && incident.begun <= to &&
           incident.ended >= from;
  });
}

}  // namespace tokenbroker

#include "tests/nemesis/nemesis.h"

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <utility>

#include "tests/support/stop_event.h"

namespace tokenbroker {
namespace {

using provider_simulator::Endpoint;
using provider_simulator::ErrorFault;

constexpr absl::Duration kTick = absl::Milliseconds(20);
// What the provider takes on good days.
constexpr absl::Duration kUsualLatency = absl::Milliseconds(50);

// A folder that cannot be written to is noticed by a probe, which comes so often.
constexpr absl::Duration kSpillProbe = absl::Seconds(5);

bool IsOfReplica(Fault fault) { return !IsOfRedis(fault) && !IsOfProvider(fault); }

std::vector<Fault> AllFaults(const RedisSetup& redis, const Surroundings& surroundings) {
  std::vector<Fault> faults = {Fault::kReplicaKilled,         Fault::kReplicaPaused,
                               Fault::kReplicaRestarted,      Fault::kProviderSlow,
                               Fault::kReplicaReconfigured,   Fault::kProviderDown,
                               Fault::kProviderThrottles,     Fault::kProviderLosesAnswers,
                               Fault::kProviderTalksNonsense, Fault::kProviderCutsConnections,
                               Fault::kClientSecretChanged};
  for (Fault fault : redis.faults()) faults.push_back(fault);
  for (Fault fault : surroundings.faults()) faults.push_back(fault);
  return faults;
}

}  // namespace

Nemesis::Nemesis(Victims victims, uint64_t seed)
    : victims_(std::move(victims)),
      faults_(AllFaults(victims_.redis, victims_.surroundings)),
      random_(seed) {
  victims_.provider.Configure(
      [](auto& settings) { settings.latency[Endpoint::kToken] = kUsualLatency; });
}

absl::Duration Nemesis::Between(absl::Duration least, absl::Duration most) {
  std::uniform_int_distribution<int64_t> ms(absl::ToInt64Milliseconds(least),
                                            absl::ToInt64Milliseconds(most));
  return absl::Milliseconds(ms(random_));
}

void Nemesis::RunUntil(absl::Time end) {
  StopEvent never;
  absl::Time next = absl::Now() + absl::Seconds(1);
  for (absl::Time now = absl::Now(); now < end || !running_.empty(); now = absl::Now()) {
    EndThoseThatAreOver(now < end ? now : absl::InfiniteFuture());
    if (now >= next && now < end) {
      BeginOne();
      next = absl::Now() + Between(absl::Milliseconds(300), absl::Seconds(4));
    }
    never.StoppedWithin(kTick);
  }
}

void Nemesis::BeginOne() {
  Incident incident{faults_[random_() % faults_.size()], absl::Now()};
  if (IsOfReplica(incident.fault)) {
    incident.replica = static_cast<int>(random_() % victims_.replicas.size());
  }
  const absl::Duration length = LengthOf(incident.fault);
  if (!MayBegin(incident)) return;
  if (!TryBegin(incident)) return;
  std::cerr << absl::FormatTime(incident.begun) << " " << NameOf(incident.fault);
  if (incident.replica >= 0) std::cerr << " " << incident.replica;
  std::cerr << ", for " << length << "\n";
  running_.push_back({incidents_.size(), absl::Now() + length});
  incidents_.push_back(incident);
}

absl::Duration Nemesis::LengthOf(Fault fault) {
  const absl::Duration length = Between(absl::Milliseconds(200), absl::Seconds(6));
  return fault == Fault::kSpillFull ? length + kSpillProbe : length;
}

bool Nemesis::MayBegin(const Incident& incident) const {
  size_t replicas = 0;
  for (const Running& running : running_) {
    const Incident& other = incidents_[running.incident];
    if (IsOfRedis(incident.fault) && IsOfRedis(other.fault)) return false;
    if (IsOfProvider(incident.fault) && IsOfProvider(other.fault)) return false;
    if (!IsOfReplica(other.fault)) continue;
    ++replicas;
    if (other.replica == incident.replica) return false;
  }
  return !IsOfReplica(incident.fault) || replicas + 1 < victims_.replicas.size();
}

bool Nemesis::TryBegin(const Incident& incident) {
  if (IsOfRedis(incident.fault)) return victims_.redis.TryBegin(incident.fault);
  if (IsOfProvider(incident.fault)) {
    BeginAtProvider(incident.fault);
    return true;
  }
  if (IsOfSurroundings(incident.fault)) {
    victims_.surroundings.Begin(incident);
    return true;
  }
  Replica& replica = *victims_.replicas[static_cast<size_t>(incident.replica)];
  if (incident.fault == Fault::kReplicaKilled) replica.Kill();
  if (incident.fault == Fault::kReplicaPaused) replica.Pause();
  if (incident.fault == Fault::kReplicaRestarted) replica.Terminate();
  if (incident.fault == Fault::kReplicaReconfigured) {
    replica.RenewFiles();
    victims_.add_key();
  }
  return true;
}

void Nemesis::BeginAtProvider(Fault fault) {
  provider_simulator::SimulatedProvider& provider = victims_.provider;
  switch (fault) {
    case Fault::kProviderSlow:
      return provider.Configure(
          [](auto& settings) { settings.latency[Endpoint::kToken] = absl::Seconds(1); });
    case Fault::kProviderDown:
      return provider.AddFault(Endpoint::kToken, ErrorFault(503, "server_error").Forever());
    case Fault::kProviderThrottles:
      return provider.AddFault(Endpoint::kToken, ErrorFault(429, "slow_down", "1").Forever());
    case Fault::kProviderLosesAnswers:
      return provider.AddFault(Endpoint::kToken, provider_simulator::LostResponseFault().Times(3));
    case Fault::kProviderTalksNonsense:
      return provider.AddFault(Endpoint::kToken, provider_simulator::GarbageFault().Times(20));
    case Fault::kClientSecretChanged:
      return ChangeSecret();
    default:
      return provider.AddFault(Endpoint::kToken, provider_simulator::DropFault().Times(20));
  }
}

void Nemesis::ChangeSecret() {
  client_secret_ = absl::StrCat("secret-", random_());
  victims_.provider.PutClient({"client", client_secret_, {}});
}

void Nemesis::TellSecret() const {
  const std::string fresh = victims_.client_secret_file + ".new";
  std::ofstream(fresh) << client_secret_ << "\n";
  std::filesystem::rename(fresh, victims_.client_secret_file);
}

bool Nemesis::TryEnd(const Incident& incident) {
  if (IsOfRedis(incident.fault)) return victims_.redis.TryEnd(incident.fault);
  if (IsOfProvider(incident.fault)) {
    if (incident.fault == Fault::kClientSecretChanged) TellSecret();
    victims_.provider.ClearFaults();
    victims_.provider.Configure(
        [](auto& settings) { settings.latency[Endpoint::kToken] = kUsualLatency; });
    return true;
  }
  if (IsOfSurroundings(incident.fault)) {
    victims_.surroundings.End(incident);
    return true;
  }
  Replica& replica = *victims_.replicas[static_cast<size_t>(incident.replica)];
  if (incident.fault == Fault::kReplicaPaused) replica.Continue();
  if (incident.fault == Fault::kReplicaKilled || incident.fault == Fault::kReplicaRestarted) {
    replica.Start();
  }
  return true;
}

void Nemesis::EndThoseThatAreOver(absl::Time now) {
  const auto over = [&](const Running& running) {
    Incident& incident = incidents_[running.incident];
    if (running.until > now || !TryEnd(incident)) return false;
    incident.ended = absl::Now();
    return true;
  };
  running_.erase(std::remove_if(running_.begin(), running_.end(), over), running_.end());
}

}  // namespace tokenbroker

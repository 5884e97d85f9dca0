#include "tests/nemesis/surroundings.h"

#include <iterator>
#include <utility>

namespace tokenbroker {
namespace {

// Less than the 15 minutes that replicas have to hear of a key before it is written with.
constexpr absl::Duration kSteps[] = {absl::Seconds(7), -absl::Seconds(7), absl::Minutes(10),
                                     -absl::Minutes(10)};

}  // namespace

Surroundings::Surroundings(Namespaces namespaces, int replicas) : replicas_(replicas) {
  for (int i = 0; i < replicas; ++i) {
    clocks_.push_back(std::make_unique<SteppedClock>(SteppedClock::Of::kBroker));
  }
  if (namespaces == Namespaces::kShared) return;
  packets_.emplace(replicas);
  for (int i = 0; i < replicas; ++i) disks_.push_back(std::make_unique<SmallDisk>());
}

std::vector<std::string> Surroundings::spill_folders() const {
  std::vector<std::string> folders;
  for (const auto& disk : disks_) folders.push_back(disk->folder());
  return folders;
}

std::vector<std::vector<std::string>> Surroundings::launchers() const {
  std::vector<std::vector<std::string>> launchers;
  for (int i = 0; i < replicas_; ++i) {
    std::vector<std::string> words = clocks_[static_cast<size_t>(i)]->Launcher();
    if (packets_) {
      const std::vector<std::string> group = PacketFilter::Launcher(i);
      words.insert(words.end(), group.begin(), group.end());
    }
    launchers.push_back(std::move(words));
  }
  return launchers;
}

void Surroundings::SetPorts(std::vector<int> redis, std::vector<int> providers) {
  redis_ports_ = std::move(redis);
  provider_ports_ = std::move(providers);
}

std::vector<Fault> Surroundings::faults() const {
  if (!packets_) return {Fault::kReplicaClockStepped};
  return {Fault::kReplicaClockStepped, Fault::kSpillFull,    Fault::kPacketsLost,
          Fault::kRedisUnreached,      Fault::kRedisUnheard, Fault::kRedisRefused,
          Fault::kProviderUnheard};
}

void Surroundings::Begin(const Incident& incident) {
  const int replica = incident.replica;
  const auto i = static_cast<size_t>(replica);
  switch (incident.fault) {
    case Fault::kSpillFull:
      return disks_[i]->Fill();
    case Fault::kReplicaClockStepped:
      return clocks_[i]->SetAhead(kSteps[steps_++ % std::size(kSteps)]);
    case Fault::kPacketsLost:
      return packets_->LoseSome(replica);
    case Fault::kRedisUnreached:
      return packets_->LoseWhatItSends(replica, redis_ports_);
    case Fault::kRedisUnheard:
      return packets_->LoseWhatItIsSent(replica, redis_ports_);
    case Fault::kRedisRefused:
      return packets_->Refuse(replica, redis_ports_);
    default:
      return packets_->LoseWhatItIsSent(replica, provider_ports_);
  }
}

void Surroundings::End(const Incident& incident) {
  const auto i = static_cast<size_t>(incident.replica);
  if (incident.fault == Fault::kSpillFull) {
    disks_[i]->Relieve();
  } else if (incident.fault == Fault::kReplicaClockStepped) {
    clocks_[i]->SetAhead(absl::ZeroDuration());
  } else {
    packets_->PassAll(incident.replica);
  }
}

}  // namespace tokenbroker

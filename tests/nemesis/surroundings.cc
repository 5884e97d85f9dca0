#include "tests/nemesis/surroundings.h"

#include <utility>

namespace tokenbroker {

Surroundings::Surroundings(Namespaces namespaces, int replicas) : replicas_(replicas) {
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
  for (int i = 0; packets_ && i < replicas_; ++i) launchers.push_back(PacketFilter::Launcher(i));
  return launchers;
}

void Surroundings::SetPorts(std::vector<int> redis, int provider) {
  redis_ports_ = std::move(redis);
  provider_ports_ = {provider};
}

std::vector<Fault> Surroundings::faults() const {
  if (!packets_) return {};
  return {Fault::kSpillFull,    Fault::kPacketsLost,  Fault::kRedisUnreached,
          Fault::kRedisUnheard, Fault::kRedisRefused, Fault::kProviderUnheard};
}

void Surroundings::Begin(const Incident& incident) {
  const int replica = incident.replica;
  switch (incident.fault) {
    case Fault::kSpillFull:
      return disks_[static_cast<size_t>(replica)]->Fill();
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
  if (incident.fault == Fault::kSpillFull) {
    disks_[static_cast<size_t>(incident.replica)]->Relieve();
  } else {
    packets_->PassAll(incident.replica);
  }
}

}  // namespace tokenbroker

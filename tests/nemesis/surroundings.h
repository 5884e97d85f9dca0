// What a run gives to each replica that can be harmed from outside: a disk for its spill, a
// network and a wall clock.
#pragma once

#include <absl/types/optional.h>

#include <memory>
#include <string>
#include <vector>

#include "tests/nemesis/history.h"
#include "tests/nemesis/packet_filter.h"
#include "tests/nemesis/small_disk.h"
#include "tests/nemesis/stepped_clock.h"

namespace tokenbroker {

// For the one thread that made it.
class Surroundings {
 public:
  // kShared: with the whole machine, where nothing else is permitted: no disk and no network then.
  enum class Namespaces { kOwn, kShared };
  Surroundings(Namespaces namespaces, int replicas);

  // How the fleet is set up: see FleetTest. Empty: as it likes.
  std::vector<std::string> spill_folders() const;
  std::vector<std::vector<std::string>> launchers() const;
  // Where Redis and the providers listen. Before Begin.
  void SetPorts(std::vector<int> redis, std::vector<int> providers);

  // What can be done.
  std::vector<Fault> faults() const;
  void Begin(const Incident& incident);
  void End(const Incident& incident);

 private:
  const int replicas_;
  std::vector<std::unique_ptr<SmallDisk>> disks_;
  absl::optional<PacketFilter> packets_;
  std::vector<std::unique_ptr<SteppedClock>> clocks_;
  size_t steps_ = 0;
  std::vector<int> redis_ports_;
  std::vector<int> provider_ports_;
};

}  // namespace tokenbroker

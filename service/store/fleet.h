// Which replicas are alive, and the sealing keys that their spills still need, as far as their
// heartbeats tell. Loop thread only.
#pragma once

#include <absl/container/btree_map.h>
#include <absl/time/time.h>

#include <set>
#include <string>
#include <vector>

#include "base/clock.h"

namespace tokenbroker {

class Fleet {
 public:
  void Saw(const std::string& replica, std::vector<std::string> spill_keys, SteadyTime now) {
    replicas_[replica] = Replica{now, std::move(spill_keys)};
  }

  // Those that were heard in the last seconds.
  int Live(SteadyTime now) {
    Forget(now);
    return static_cast<int>(replicas_.size());
  }
  std::set<std::string> SpillKeys(SteadyTime now) {
    Forget(now);
    std::set<std::string> keys;
    for (const auto& [name, replica] : replicas_) {
      keys.insert(replica.spill_keys.begin(), replica.spill_keys.end());
    }
    return keys;
  }

 private:
  static constexpr absl::Duration kAlive = absl::Seconds(5);
  struct Replica {
    SteadyTime heard;
    std::vector<std::string> spill_keys;
  };

  void Forget(SteadyTime now) {
    absl::erase_if(replicas_,
                   [now](const auto& entry) { return entry.second.heard + kAlive < now; });
  }

  absl::btree_map<std::string, Replica> replicas_;
};

}  // namespace tokenbroker

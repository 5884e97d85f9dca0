// What is known of a cluster's slots, and how it is learned anew.
#pragma once

#include <absl/types/optional.h>

#include <memory>
#include <string>
#include <vector>

#include "redis/connect.h"
#include "redis/slot_map.h"

namespace tokenbroker {

// Loop thread only; `loop` outlives it.
class ClusterTopology {
 public:
  // REQUIRES: Mode::kCluster.
  ClusterTopology(Loop& loop, const RedisOptions& options, uint64_t jitter_seed);

  const SlotMap& map() const;
  // Grows whenever another map has been learned.
  int64_t version() const;
  // Why the last attempt to learn failed; OK when it did not.
  const absl::Status& trouble() const;

  // A node said so: believed at once.
  void Moved(const Redirection& redirection);
  // Asks some nodes, those of the map and those that were given, unless that is under way; a moment
  // later when they have just been asked. The first sound answer wins: redirections correct what it
  // has wrong.
  void Refresh();
  // Returns when no Refresh is under way or about to be, or at the deadline.
  Task<void> WaitForRefresh(SteadyTime deadline);
  // A node that is likely to be there, another one at each call.
  RedisEndpoint AnyNode();

  // Nonzero while nodes are being asked.
  size_t pending() const;

 private:
  struct State;
  static Task<void> Learn(std::shared_ptr<State> state);

  const std::shared_ptr<State> state_;
};

}  // namespace tokenbroker

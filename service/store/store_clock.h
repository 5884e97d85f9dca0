// What the clocks of the store's primaries read, as far as their answers told. A plain value; loop
// thread only.
#pragma once

#include <absl/container/flat_hash_map.h>
#include <absl/time/time.h>
#include <absl/types/optional.h>

#include <string>

#include "base/clock.h"

namespace tokenbroker {

class StoreClock {
 public:
  // `primary` read `store_time` at some instant before `received`.
  void Saw(const std::string& primary, absl::Time store_time, SteadyTime received) {
    if (!primary.empty()) seen_[primary] = Reading{store_time, received};
  }

  // What `primary` reads at `t`, or a little less: the answer was on its way for a while. nullopt
  // when nothing is known of it.
  absl::optional<absl::Time> NotLaterThan(const std::string& primary, SteadyTime t) const {
    const auto found = seen_.find(primary);
    if (found == seen_.end()) return absl::nullopt;
    return found->second.store_time + (t - found->second.received);
  }

 private:
  struct Reading {
    absl::Time store_time;
    SteadyTime received;
  };
  // The last of each: an older one might come from before the clock was set back.
  absl::flat_hash_map<std::string, Reading> seen_;
};

}  // namespace tokenbroker

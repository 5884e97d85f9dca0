// What is published on tb:changed: changes of grants ("refresh 1800000000000
// tenant:provider:subject") and heartbeats ("heartbeat <replica> <number> <key id>,<key id>"). Any
// thread.
#pragma once

#include <absl/strings/string_view.h>
#include <absl/types/optional.h>

#include <cstdint>
#include <string>
#include <vector>

#include "store/grant_store.h"

namespace tokenbroker {

struct Heartbeat {
  // No spaces in it.
  std::string replica;
  uint64_t number = 0;
  // The sealing keys that its spills need.
  std::vector<std::string> spill_keys;
};

// nullopt for whatever is no change of a grant, also for kinds of a newer version.
absl::optional<Change> ParseChange(absl::string_view payload);
std::string HeartbeatText(const Heartbeat& heartbeat);
absl::optional<Heartbeat> ParseHeartbeat(absl::string_view payload);

}  // namespace tokenbroker

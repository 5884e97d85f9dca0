// What change messages said about grants that are being loaded or refreshed just now: a message may
// overtake an answer that the store gave before the change.
#pragma once

#include <absl/container/flat_hash_map.h>

#include <algorithm>
#include <cstdint>

#include "token/grant_key.h"

namespace tokenbroker {

// Loop thread only.
class AnnouncedChanges {
 public:
  void Announce(const GrantKey& key, int64_t generation) {
    int64_t& announced = generations_[key];
    announced = std::max(announced, generation);
  }
  // Whether `generation` is known not to be the last one.
  bool Overtook(const GrantKey& key, int64_t generation) const {
    const auto it = generations_.find(key);
    return it != generations_.end() && it->second > generation;
  }
  void Forget(const GrantKey& key) { generations_.erase(key); }
  size_t size() const { return generations_.size(); }

 private:
  absl::flat_hash_map<GrantKey, int64_t> generations_;
};

}  // namespace tokenbroker

// What change messages say about grants while somebody awaits the store's answer about them: a
// message may overtake an answer that the store gave before the change.
#pragma once

#include <absl/container/flat_hash_map.h>

#include <algorithm>
#include <cstdint>
#include <utility>

#include "token/grant_key.h"

namespace tokenbroker {

// Loop thread only. Must outlive its listeners.
class AnnouncedChanges {
 public:
  AnnouncedChanges() = default;
  AnnouncedChanges(const AnnouncedChanges&) = delete;
  AnnouncedChanges& operator=(const AnnouncedChanges&) = delete;

  // Changes of the grant are remembered from the first listener's beginning to the last one's end.
  class Listener {
   public:
    Listener(AnnouncedChanges& changes, GrantKey key) : changes_(&changes), key_(std::move(key)) {
      ++changes_->heard_[key_].listeners;
    }
    Listener(Listener&& other) noexcept
        : changes_(std::exchange(other.changes_, nullptr)), key_(std::move(other.key_)) {}
    Listener& operator=(Listener&&) = delete;
    ~Listener() {
      if (changes_ != nullptr) changes_->Leave(key_);
    }

   private:
    AnnouncedChanges* changes_;
    GrantKey key_;
  };

  void Announce(const GrantKey& key, int64_t generation) {
    const auto it = heard_.find(key);
    if (it == heard_.end()) return;
    it->second.generation = std::max(it->second.generation, generation);
  }
  // Whether `generation` is known not to be the last one.
  bool Overtook(const GrantKey& key, int64_t generation) const {
    const auto it = heard_.find(key);
    return it != heard_.end() && it->second.generation > generation;
  }
  size_t size() const { return heard_.size(); }

 private:
  struct Heard {
    int listeners = 0;
    int64_t generation = 0;
  };

  void Leave(const GrantKey& key) {
    const auto it = heard_.find(key);
    if (--it->second.listeners == 0) heard_.erase(it);
  }

  absl::flat_hash_map<GrantKey, Heard> heard_;
};

}  // namespace tokenbroker

// Grants whose refresh must not begin for now, because something of ours is still on its way into
// the store that the store's answer to a begin would not know of.
#pragma once

#include <absl/container/flat_hash_map.h>

#include <utility>

#include "token/grant_key.h"

namespace tokenbroker {

// Loop thread only. Must outlive its holds.
class HeldGrants {
 public:
  HeldGrants() = default;
  HeldGrants(const HeldGrants&) = delete;
  HeldGrants& operator=(const HeldGrants&) = delete;

  // Over when it goes out of scope. A grant may have several.
  class Hold {
   public:
    Hold(HeldGrants& held, GrantKey key) : held_(&held), key_(std::move(key)) {
      ++held_->counts_[key_];
    }
    Hold(Hold&& other) noexcept
        : held_(std::exchange(other.held_, nullptr)), key_(std::move(other.key_)) {}
    Hold& operator=(Hold&&) = delete;
    ~Hold() {
      if (held_ != nullptr) held_->End(key_);
    }

   private:
    HeldGrants* held_;
    GrantKey key_;
  };

  // The same of every grant.
  class HoldOfAll {
   public:
    explicit HoldOfAll(HeldGrants& held) : held_(&held) { ++held_->all_; }
    HoldOfAll(HoldOfAll&& other) noexcept : held_(std::exchange(other.held_, nullptr)) {}
    HoldOfAll& operator=(HoldOfAll&&) = delete;
    ~HoldOfAll() {
      if (held_ != nullptr) --held_->all_;
    }

   private:
    HeldGrants* held_;
  };

  bool contains(const GrantKey& key) const { return all_ > 0 || counts_.contains(key); }

 private:
  void End(const GrantKey& key) {
    const auto it = counts_.find(key);
    if (--it->second == 0) counts_.erase(it);
  }

  absl::flat_hash_map<GrantKey, int> counts_;
  int all_ = 0;
};

}  // namespace tokenbroker

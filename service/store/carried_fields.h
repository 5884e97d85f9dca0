// What a newer version sealed into a record that this one is about to seal again: kept from the
// begin of a refresh to its end. Loop thread only.
#pragma once

#include <absl/container/flat_hash_map.h>
#include <absl/types/optional.h>

#include <deque>
#include <string>
#include <utility>

#include "base/secret.h"
#include "store/grant_store.h"

namespace tokenbroker {

class CarriedFields {
 public:
  // `sealed` is empty when there is nothing to carry over. The oldest are forgotten beyond kMost.
  void Keep(const Attempt& attempt, Secret sealed) {
    if (!kept_.insert_or_assign(attempt, std::move(sealed)).second) return;
    order_.push_back(attempt);
    if (order_.size() <= kMost) return;
    kept_.erase(order_.front());
    order_.pop_front();
  }

  // nullopt: nothing is known of the attempt.
  absl::optional<Secret> Of(const Attempt& attempt) const {
    const auto found = kept_.find(attempt);
    if (found == kept_.end()) return absl::nullopt;
    return found->second;
  }

 private:
  static constexpr size_t kMost = 4096;
  absl::flat_hash_map<Attempt, Secret> kept_;
  std::deque<Attempt> order_;
};

}  // namespace tokenbroker

// The token that is served now, for many readers at once. Each thread reads a stripe of its own,
// with a reference count of its own, so that readers do not pass one cache line around.
//
// Any thread. Load() allocates nothing; Store() copies into every stripe.
#pragma once

#include <absl/time/time.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>

#include "tokenbroker/client/access_token.h"

namespace tokenbroker::client {

class StripedToken {
 public:
  // The token when it is served longer than `now`, else null.
  AccessTokenPtr Load(absl::Time now) const {
    const Stripe& mine = stripes_[MyStripe()];
    const std::lock_guard<std::mutex> lock(mine.mutex);
    return now < mine.until ? mine.token : nullptr;
  }

  // Null: there is none. Calls to Store must not overlap.
  void Store(const AccessTokenPtr& token, absl::Time until) {
    for (Stripe& stripe : stripes_) {
      AccessTokenPtr counted_here;
      if (token != nullptr) {
        const auto own_count = std::make_shared<const AccessTokenPtr>(token);
        counted_here = AccessTokenPtr(own_count, token.get());
      }
      const std::lock_guard<std::mutex> lock(stripe.mutex);
      stripe.token.swap(counted_here);
      stripe.until = until;
    }
  }

 private:
  static constexpr size_t kStripes = 8;
  struct alignas(64) Stripe {
    mutable std::mutex mutex;
    AccessTokenPtr token;
    absl::Time until = absl::InfinitePast();
  };

  static size_t MyStripe() {
    static std::atomic<size_t> threads{0};
    thread_local const size_t mine = threads.fetch_add(1, std::memory_order_relaxed) % kStripes;
    return mine;
  }

  std::array<Stripe, kStripes> stripes_;
};

}  // namespace tokenbroker::client

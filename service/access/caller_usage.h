// How much of the broker one caller uses, and where that ends. Any thread; takes no lock.
#pragma once

#include <absl/time/time.h>
#include <absl/types/optional.h>

#include <atomic>
#include <cstdint>
#include <limits>
#include <memory>
#include <utility>

#include "base/clock.h"
#include "config/audit_config.h"

namespace tokenbroker {

class CallerUsage {
 public:
  explicit CallerUsage(const QuotaConfig& quota) : quota_(quota) {}
  CallerUsage(const CallerUsage&) = delete;
  CallerUsage& operator=(const CallerUsage&) = delete;

  // Counts a call. nullopt when it may be made, else how soon one may: a token bucket of
  // `burst` tokens that fills with `calls_per_second`.
  absl::optional<absl::Duration> TakeCall(SteadyTime now);

  // Whether nothing is missing in the bucket.
  bool IsWhole(SteadyTime now) const {
    return full_at_.load(std::memory_order_relaxed) <= absl::ToInt64Nanoseconds(now.since_origin());
  }

  // A place among those of its kind, taken for as long as this lives.
  class Place {
   public:
    Place() = default;
    // `taken` counts such places, this one included.
    explicit Place(std::shared_ptr<std::atomic<int>> taken) : taken_(std::move(taken)) {}
    Place(Place&&) = default;
    Place& operator=(Place&& other) noexcept {
      taken_.swap(other.taken_);
      return *this;
    }
    ~Place() {
      if (taken_ != nullptr) taken_->fetch_sub(1, std::memory_order_relaxed);
    }

   private:
    std::shared_ptr<std::atomic<int>> taken_;
  };
  // Of a call that waits. nullopt when too many of the caller's calls wait already.
  using Waiting = Place;
  static absl::optional<Waiting> Wait(const std::shared_ptr<CallerUsage>& usage);
  // Of a stream that watches. nullopt when the caller has too many already.
  using Watching = Place;
  static absl::optional<Watching> Watch(const std::shared_ptr<CallerUsage>& usage);

 private:
  const QuotaConfig quota_;
  // When the bucket will be full again, in nanoseconds since the steady clock's origin (the
  // "virtual scheduling" form of the leaky bucket, ITU-T I.371).
  std::atomic<int64_t> full_at_{std::numeric_limits<int64_t>::min()};
  std::atomic<int> waiting_{0};
  std::atomic<int> watching_{0};
};

}  // namespace tokenbroker

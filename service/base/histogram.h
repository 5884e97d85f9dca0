// Counts into which buckets values fell, as prometheus::Histogram does, whose every observation
// takes one mutex: this one has none, so that a call which is answered from memory can afford it.
#pragma once

#include <prometheus/client_metric.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <vector>

namespace tokenbroker {

// Any thread. Threads count in stripes, so that they seldom write to the same cache line.
class Histogram {
 public:
  static constexpr size_t kMostBounds = 19;

  // REQUIRES: `bounds` grow, and are at most kMostBounds. The bucket above the last is there by
  // itself.
  explicit Histogram(std::vector<double> bounds);

  // Counts in the first bucket whose bound is not below `value`.
  void Observe(double value);
  // What was observed until now; what is being observed may be in it in part.
  prometheus::ClientMetric::Histogram Read() const;

 private:
  static constexpr size_t kStripes = 8;
  struct alignas(64) Stripe {
    std::array<std::atomic<uint64_t>, kMostBounds + 1> counts{};
    std::atomic<double> sum{0};
  };

  const std::vector<double> bounds_;
  std::array<Stripe, kStripes> stripes_;
};

}  // namespace tokenbroker

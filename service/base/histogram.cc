#include "base/histogram.h"

#include <pthread.h>

#include <algorithm>
#include <limits>
#include <utility>

namespace tokenbroker {
namespace {

// Threads are told apart by where they lie in memory, megabytes from each other.
size_t ThreadHash() {
  constexpr uint64_t kOddAndLarge = 0x9e3779b97f4a7c15;
  return static_cast<size_t>((static_cast<uint64_t>(pthread_self()) * kOddAndLarge) >> 48);
}

}  // namespace

Histogram::Histogram(std::vector<double> bounds) : bounds_(std::move(bounds)) {}

void Histogram::Observe(double value) {
  Stripe& stripe = stripes_[ThreadHash() % kStripes];
  const auto bucket = std::lower_bound(bounds_.begin(), bounds_.end(), value) - bounds_.begin();
  stripe.counts[static_cast<size_t>(bucket)].fetch_add(1, std::memory_order_relaxed);
  stripe.sum.fetch_add(value, std::memory_order_relaxed);
}

prometheus::ClientMetric::Histogram Histogram::Read() const {
  prometheus::ClientMetric::Histogram read;
  for (size_t bucket = 0; bucket <= bounds_.size(); ++bucket) {
    for (const Stripe& stripe : stripes_) {
      read.sample_count += stripe.counts[bucket].load(std::memory_order_relaxed);
    }
    const bool last = bucket == bounds_.size();
    const double bound = last ? std::numeric_limits<double>::infinity() : bounds_[bucket];
    read.bucket.push_back({read.sample_count, bound});
  }
  for (const Stripe& stripe : stripes_) read.sample_sum += stripe.sum.load();
  return read;
}

}  // namespace tokenbroker

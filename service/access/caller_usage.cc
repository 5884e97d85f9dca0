#include "access/caller_usage.h"

#include <algorithm>

namespace tokenbroker {
namespace {

absl::optional<CallerUsage::Place> TakePlace(std::shared_ptr<std::atomic<int>> taken, int most) {
  if (taken->fetch_add(1, std::memory_order_relaxed) < most) {
    return CallerUsage::Place(std::move(taken));
  }
  taken->fetch_sub(1, std::memory_order_relaxed);
  return absl::nullopt;
}

}  // namespace

absl::optional<absl::Duration> CallerUsage::TakeCall(SteadyTime now) {
  if (quota_.calls_per_second <= 0) return absl::nullopt;
  const int64_t now_ns = absl::ToInt64Nanoseconds(now.since_origin());
  const auto per_call = static_cast<int64_t>(1e9 / quota_.calls_per_second);
  const int64_t most_ahead = per_call * quota_.burst;
  int64_t full_at = full_at_.load(std::memory_order_relaxed);
  for (;;) {
    const int64_t next = std::max(full_at, now_ns) + per_call;
    if (next - now_ns > most_ahead) return absl::Nanoseconds(next - now_ns - most_ahead);
    if (full_at_.compare_exchange_weak(full_at, next, std::memory_order_relaxed)) {
      return absl::nullopt;
    }
  }
}

absl::optional<CallerUsage::Waiting> CallerUsage::Wait(const std::shared_ptr<CallerUsage>& usage) {
  return TakePlace({usage, &usage->waiting_}, usage->quota_.waiting_calls);
}

absl::optional<CallerUsage::Watching> CallerUsage::Watch(
    const std::shared_ptr<CallerUsage>& usage) {
  return TakePlace({usage, &usage->watching_}, usage->quota_.watches);
}

}  // namespace tokenbroker

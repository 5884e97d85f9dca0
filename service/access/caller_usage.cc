#include "access/caller_usage.h"

#include <algorithm>

namespace tokenbroker {

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
  if (usage->waiting_.fetch_add(1, std::memory_order_relaxed) < usage->quota_.waiting_calls) {
    return Waiting(usage);
  }
  usage->waiting_.fetch_sub(1, std::memory_order_relaxed);
  return absl::nullopt;
}

}  // namespace tokenbroker

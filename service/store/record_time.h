// Times as records hold them: whole milliseconds since 1970. Any thread.
#pragma once

#include <absl/time/time.h>

#include <cstdint>
#include <limits>

namespace tokenbroker {

// Rounds down; the two infinities are the extremes.
inline int64_t ToRecordTime(absl::Time t) { return absl::ToUnixMillis(t); }

inline absl::Time FromRecordTime(int64_t milliseconds) {
  if (milliseconds == std::numeric_limits<int64_t>::max()) return absl::InfiniteFuture();
  if (milliseconds == std::numeric_limits<int64_t>::min()) return absl::InfinitePast();
  return absl::FromUnixMillis(milliseconds);
}

}  // namespace tokenbroker

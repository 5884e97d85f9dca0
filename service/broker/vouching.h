// Until when the change feed vouches for what was read from the store: it tells of every change
// while it is connected, and of none while it is cut.
#pragma once

#include <absl/time/time.h>
#include <absl/types/optional.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <deque>
#include <limits>

#include "base/clock.h"

namespace tokenbroker {

class Vouching {
 public:
  // Any thread. True when a change since `verified` would have been told.
  bool IsCurrent(SteadyTime verified) const {
    return Nanoseconds(verified) >= since_.load(std::memory_order_relaxed);
  }

  // Loop thread only from here on.

  void OnConnected(SteadyTime now) {
    connected_ = true;
    connected_at_ = now;
    since_ = Nanoseconds(now);
  }
  void OnCut(SteadyTime now) {
    if (!connected_) return;
    connected_ = false;
    since_ = kNever;
    past_.push_back({connected_at_, now});
    if (past_.size() > kMostPast) past_.pop_front();
  }
  // The store answered a question, though its feed may be cut.
  void OnAnswer(SteadyTime now) { answered_ = now; }
  // When the store was last heard of, by its feed or by an answer; nullopt: never.
  absl::optional<SteadyTime> LastHeard(SteadyTime now) const {
    if (connected_) return now;
    if (past_.empty()) return answered_;
    return std::max(past_.back().to, answered_.value_or(SteadyTime::InfinitePast()));
  }
  // The last moment at which what was verified at `verified` was known to be current.
  SteadyTime KnownGoodAt(SteadyTime verified, SteadyTime now) const {
    if (IsCurrent(verified)) return now;
    for (auto period = past_.rbegin(); period != past_.rend(); ++period) {
      if (period->from <= verified) return std::max(verified, period->to);
    }
    return verified;
  }

 private:
  static constexpr int64_t kNever = std::numeric_limits<int64_t>::max();
  // What is older counts as verified when it was read, earlier than it need.
  static constexpr size_t kMostPast = 64;
  struct Period {
    SteadyTime from;
    SteadyTime to;
  };

  static int64_t Nanoseconds(SteadyTime t) { return absl::ToInt64Nanoseconds(t.since_origin()); }

  bool connected_ = false;
  SteadyTime connected_at_;
  // Of the present connection; kNever while there is none.
  std::atomic<int64_t> since_{kNever};
  std::deque<Period> past_;
  absl::optional<SteadyTime> answered_;
};

}  // namespace tokenbroker

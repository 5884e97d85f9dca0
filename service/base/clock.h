// Time, injectable: every rule takes `now` from a Clock, so that tests own the time.
#pragma once

#include <absl/time/time.h>

#include <cstdint>
#include <limits>

#include "base/mutex.h"

namespace tokenbroker {

// A point on a clock that never jumps: only differences mean anything. Lifetimes are measured on
// it; absl::Time is for what people and other machines read.
class SteadyTime {
 public:
  constexpr SteadyTime() = default;
  // Whole nanoseconds; more than 292 years are infinite.
  static SteadyTime FromOrigin(absl::Duration since_origin) {
    return SteadyTime(absl::ToInt64Nanoseconds(since_origin));
  }
  static constexpr SteadyTime InfiniteFuture() { return SteadyTime(kFuture); }
  static constexpr SteadyTime InfinitePast() { return SteadyTime(kPast); }

  absl::Duration since_origin() const;

  // An infinite time stays what it is.
  friend SteadyTime operator+(SteadyTime t, absl::Duration d);
  friend SteadyTime operator-(SteadyTime t, absl::Duration d) { return t + -d; }
  friend absl::Duration operator-(SteadyTime a, SteadyTime b);
  friend constexpr bool operator==(SteadyTime a, SteadyTime b) {
    return a.nanoseconds_ == b.nanoseconds_;
  }
  friend constexpr bool operator!=(SteadyTime a, SteadyTime b) { return !(a == b); }
  friend constexpr bool operator<(SteadyTime a, SteadyTime b) {
    return a.nanoseconds_ < b.nanoseconds_;
  }
  friend constexpr bool operator>(SteadyTime a, SteadyTime b) { return b < a; }
  friend constexpr bool operator<=(SteadyTime a, SteadyTime b) { return !(b < a); }
  friend constexpr bool operator>=(SteadyTime a, SteadyTime b) { return !(a < b); }

 private:
  static constexpr int64_t kFuture = std::numeric_limits<int64_t>::max();
  static constexpr int64_t kPast = std::numeric_limits<int64_t>::min();

  constexpr explicit SteadyTime(int64_t nanoseconds) : nanoseconds_(nanoseconds) {}
  constexpr bool infinite() const { return nanoseconds_ == kFuture || nanoseconds_ == kPast; }

  int64_t nanoseconds_ = 0;
};

inline absl::Duration SteadyTime::since_origin() const {
  if (nanoseconds_ == kFuture) return absl::InfiniteDuration();
  if (nanoseconds_ == kPast) return -absl::InfiniteDuration();
  return absl::Nanoseconds(nanoseconds_);
}

inline SteadyTime operator+(SteadyTime t, absl::Duration d) {
  if (t.infinite()) return t;
  const SteadyTime step = SteadyTime::FromOrigin(d);
  if (step.infinite()) return step;
  int64_t sum = 0;
  if (!__builtin_add_overflow(t.nanoseconds_, step.nanoseconds_, &sum)) return SteadyTime(sum);
  return step.nanoseconds_ > 0 ? SteadyTime::InfiniteFuture() : SteadyTime::InfinitePast();
}

inline absl::Duration operator-(SteadyTime a, SteadyTime b) {
  int64_t difference = 0;
  const bool finite = !a.infinite() && !b.infinite() &&
                      !__builtin_sub_overflow(a.nanoseconds_, b.nanoseconds_, &difference);
  return finite ? absl::Nanoseconds(difference) : a.since_origin() - b.since_origin();
}

// Any thread.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual absl::Time TimeNow() const = 0;
  virtual SteadyTime SteadyNow() const = 0;

  // The machine's clock; lives for ever.
  static Clock& Real();
};

// Wall time that never jumps: the reading of `base` when it was made, going on with its steady
// side. For what must not notice that somebody sets the machine's clock. Any thread; `base` must
// outlive it.
class MonotonicClock : public Clock {
 public:
  explicit MonotonicClock(const Clock& base);
  absl::Time TimeNow() const override;
  SteadyTime SteadyNow() const override { return base_.SteadyNow(); }

 private:
  const Clock& base_;
  const absl::Time wall_at_start_;
  const SteadyTime steady_at_start_;
};

// A clock that stands still until it is told otherwise. Any thread.
class SimulatedClock : public Clock {
 public:
  explicit SimulatedClock(absl::Time start = absl::FromUnixSeconds(1'800'000'000));

  absl::Time TimeNow() const override;
  SteadyTime SteadyNow() const override;

  // Both clocks go on by `d` >= 0.
  void AdvanceTime(absl::Duration d);
  // The wall clock jumps, forward or back, as when somebody sets it; the steady clock does not.
  void SetTime(absl::Time t);

 private:
  mutable Mutex mutex_;
  absl::Time wall_ TB_GUARDED_BY(mutex_);
  SteadyTime steady_ TB_GUARDED_BY(mutex_);
};

}  // namespace tokenbroker

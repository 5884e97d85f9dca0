// Time, injectable: every rule takes `now` from a Clock, so that tests own the time.
#pragma once

#include <absl/time/time.h>

#include <cstdint>

#include "base/mutex.h"

namespace tokenbroker {

// A point on a clock that never jumps: only differences mean anything. Lifetimes are measured on
// it; absl::Time is for what people and other machines read.
class SteadyTime {
 public:
  constexpr SteadyTime() = default;
  static constexpr SteadyTime FromOrigin(absl::Duration since_origin) {
    return SteadyTime(since_origin);
  }
  static constexpr SteadyTime InfiniteFuture() { return SteadyTime(absl::InfiniteDuration()); }
  static constexpr SteadyTime InfinitePast() { return SteadyTime(-absl::InfiniteDuration()); }

  constexpr absl::Duration since_origin() const { return since_origin_; }

  friend SteadyTime operator+(SteadyTime t, absl::Duration d) {
    return SteadyTime(t.since_origin_ + d);
  }
  friend SteadyTime operator-(SteadyTime t, absl::Duration d) {
    return SteadyTime(t.since_origin_ - d);
  }
  friend absl::Duration operator-(SteadyTime a, SteadyTime b) {
    return a.since_origin_ - b.since_origin_;
  }
  friend constexpr bool operator==(SteadyTime a, SteadyTime b) {
    return a.since_origin_ == b.since_origin_;
  }
  friend constexpr bool operator!=(SteadyTime a, SteadyTime b) { return !(a == b); }
  friend constexpr bool operator<(SteadyTime a, SteadyTime b) {
    return a.since_origin_ < b.since_origin_;
  }
  friend constexpr bool operator>(SteadyTime a, SteadyTime b) { return b < a; }
  friend constexpr bool operator<=(SteadyTime a, SteadyTime b) { return !(b < a); }
  friend constexpr bool operator>=(SteadyTime a, SteadyTime b) { return !(a < b); }

 private:
  constexpr explicit SteadyTime(absl::Duration d) : since_origin_(d) {}
  absl::Duration since_origin_;
};

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

#include "base/clock.h"

#include <absl/time/clock.h>

#include <chrono>

namespace tokenbroker {
namespace {

class RealClock : public Clock {
 public:
  absl::Time TimeNow() const override { return absl::Now(); }
  SteadyTime SteadyNow() const override {
    return SteadyTime::FromOrigin(
        absl::FromChrono(std::chrono::steady_clock::now().time_since_epoch()));
  }
};

}  // namespace

Clock& Clock::Real() {
  static RealClock clock;
  return clock;
}

MonotonicClock::MonotonicClock(const Clock& base)
    : base_(base), wall_at_start_(base.TimeNow()), steady_at_start_(base.SteadyNow()) {}

absl::Time MonotonicClock::TimeNow() const {
  return wall_at_start_ + (base_.SteadyNow() - steady_at_start_);
}

SimulatedClock::SimulatedClock(absl::Time start)
    : wall_(start), steady_(SteadyTime::FromOrigin(absl::Hours(1))) {}

absl::Time SimulatedClock::TimeNow() const {
  MutexLock lock(mutex_);
  return wall_;
}

SteadyTime SimulatedClock::SteadyNow() const {
  MutexLock lock(mutex_);
  return steady_;
}

void SimulatedClock::AdvanceTime(absl::Duration d) {
  MutexLock lock(mutex_);
  wall_ += d;
  steady_ = steady_ + d;
}

void SimulatedClock::SetTime(absl::Time t) {
  MutexLock lock(mutex_);
  wall_ = t;
}

}  // namespace tokenbroker

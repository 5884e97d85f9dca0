// Another clock, a little apart, that may be set.
#pragma once

#include "base/clock.h"

namespace tokenbroker {

class OffsetClock : public Clock {
 public:
  explicit OffsetClock(Clock& base) : base_(base) {}
  absl::Time TimeNow() const override { return base_.TimeNow() + offset_; }
  SteadyTime SteadyNow() const override { return base_.SteadyNow(); }
  void Jump(absl::Duration d) { offset_ += d; }

 private:
  Clock& base_;
  absl::Duration offset_ = absl::Hours(3);
};

}  // namespace tokenbroker

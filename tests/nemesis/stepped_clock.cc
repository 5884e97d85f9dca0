#include "tests/nemesis/stepped_clock.h"

#include <gtest/gtest.h>

namespace tokenbroker {

SteppedClock::SteppedClock(Of program)
    : program_(program),
      offset_(
          MapClockOffset(folder_.Write("offset", std::string(sizeof(ClockOffset), '\0')).c_str())) {
  EXPECT_NE(offset_, nullptr);
}

SteppedClock::~SteppedClock() { munmap(offset_, sizeof(ClockOffset)); }

std::vector<std::string> SteppedClock::Launcher() const {
  const std::string library = program_ == Of::kBroker ? STEPPED_ABSL_CLOCK : STEPPED_LIBC_CLOCK;
  return {"/usr/bin/env", "LD_PRELOAD=" + library,
          std::string(kClockOffsetVariable) + "=" + folder_.Path("offset")};
}

void SteppedClock::SetAhead(absl::Duration offset) {
  offset_->store(absl::ToInt64Nanoseconds(offset));
}

}  // namespace tokenbroker

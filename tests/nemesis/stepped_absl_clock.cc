// Preloaded into a broker: its wall clock, which is absl::Now() (service/base/clock.cc), steps.
// What the kernel waits for does not: it was not the kernel's clock that was set.
#include <absl/time/clock.h>
#include <time.h>

#include "tests/nemesis/clock_offset.h"

namespace absl {
ABSL_NAMESPACE_BEGIN

Time Now() {
  timespec now = {};
  clock_gettime(CLOCK_REALTIME, &now);
  return TimeFromTimespec(now) + Nanoseconds(tokenbroker::OwnClockOffset());
}

ABSL_NAMESPACE_END
}  // namespace absl

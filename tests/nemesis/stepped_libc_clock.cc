// Preloaded into a redis-server: the wall clock steps, by whatever call it is read.
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "tests/nemesis/clock_offset.h"

namespace {

constexpr int64_t kSecond = 1'000'000'000;

timespec SteppedNow() {
  timespec now = {};
  syscall(SYS_clock_gettime, CLOCK_REALTIME, &now);
  const int64_t all = now.tv_sec * kSecond + now.tv_nsec + tokenbroker::OwnClockOffset();
  return {all / kSecond, all % kSecond};
}

}  // namespace

extern "C" {

int clock_gettime(clockid_t clock, timespec* out) noexcept {
  if (clock != CLOCK_REALTIME && clock != CLOCK_REALTIME_COARSE) {
    return static_cast<int>(syscall(SYS_clock_gettime, clock, out));
  }
  *out = SteppedNow();
  return 0;
}

int gettimeofday(timeval* out, void*) noexcept {
  const timespec now = SteppedNow();
  *out = {now.tv_sec, now.tv_nsec / 1000};
  return 0;
}

time_t time(time_t* out) noexcept {
  const time_t now = SteppedNow().tv_sec;
  if (out != nullptr) *out = now;
  return now;
}

}  // extern "C"

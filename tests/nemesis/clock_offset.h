// How far a process' clock was stepped: what a program is preloaded with reads it, the run writes
// it.
#pragma once

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <cstdlib>

namespace tokenbroker {

// The variable of the environment that names the file.
inline constexpr char kClockOffsetVariable[] = "NEMESIS_CLOCK_OFFSET";

// Nanoseconds. Of both sides; null when the file cannot be mapped.
using ClockOffset = std::atomic<int64_t>;

inline ClockOffset* MapClockOffset(const char* path) {
  const int fd = path == nullptr ? -1 : open(path, O_RDWR | O_CLOEXEC);
  if (fd < 0) return nullptr;
  void* const map = mmap(nullptr, sizeof(ClockOffset), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  close(fd);
  return map == MAP_FAILED ? nullptr : static_cast<ClockOffset*>(map);
}

// In a preloaded program.
inline int64_t OwnClockOffset() {
  static const ClockOffset* const offset = MapClockOffset(std::getenv(kClockOffsetVariable));
  return offset == nullptr ? 0 : offset->load(std::memory_order_relaxed);
}

}  // namespace tokenbroker

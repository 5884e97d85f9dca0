// Chance, by a seed: each part of the world has dice of its own, so that one part's throws do not
// move another's. The same on every machine (no std distribution is). One thread.
#pragma once

#include <absl/strings/string_view.h>
#include <absl/time/time.h>

#include <cstdint>

namespace tokenbroker::simulation {

class Dice {
 public:
  Dice(uint64_t seed, absl::string_view whose) : state_(seed) {
    for (const char c : whose) state_ = Mixed(state_ + static_cast<unsigned char>(c));
  }

  // Below `n` > 0.
  uint64_t Below(uint64_t n) { return Next() % n; }
  bool Chance(double p) { return static_cast<double>(Next() >> 11) * 0x1p-53 < p; }
  absl::Duration Between(absl::Duration least, absl::Duration most) {
    const int64_t span = absl::ToInt64Microseconds(most - least);
    if (span <= 0) return least;
    return least + absl::Microseconds(static_cast<int64_t>(Below(static_cast<uint64_t>(span))));
  }
  uint64_t Next() { return Mixed(state_ += 0x9e3779b97f4a7c15); }

 private:
  // splitmix64.
  static uint64_t Mixed(uint64_t z) {
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }

  uint64_t state_;
};

}  // namespace tokenbroker::simulation

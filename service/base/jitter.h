// Randomness for timing: spreads what would otherwise happen at the same instant. Not for secrets.
#pragma once

#include <absl/time/time.h>

#include <cstdint>
#include <random>

namespace tokenbroker {

// One thread. The same seed gives the same draws.
class Jitter {
 public:
  explicit Jitter(uint64_t seed) : random_(seed) {}

  // Uniform in d ± fraction·d. Draw once per event; re-drawing at every tick biases the result.
  absl::Duration Around(absl::Duration d, double fraction);
  // Uniform in [0, d): "full jitter" for backoff.
  absl::Duration Below(absl::Duration d);

 private:
  std::mt19937_64 random_;
};

}  // namespace tokenbroker

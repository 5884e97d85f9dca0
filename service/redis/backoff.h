// How long to wait before the next attempt at a connection.
#pragma once

#include "base/jitter.h"

namespace tokenbroker {

// One thread.
class Backoff {
 public:
  struct Limits {
    absl::Duration first = absl::Milliseconds(50);
    absl::Duration longest = absl::Seconds(1);
  };

  Backoff(Limits limits, uint64_t seed) : limits_(limits), ceiling_(limits.first), jitter_(seed) {}

  // Uniform below a ceiling that doubles with each call.
  absl::Duration Next();
  void Reset() { ceiling_ = limits_.first; }

 private:
  const Limits limits_;
  absl::Duration ceiling_;
  Jitter jitter_;
};

}  // namespace tokenbroker

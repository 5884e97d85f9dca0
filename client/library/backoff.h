// How long to wait before the next try (full jitter). For one thread at a time.
#pragma once

#include <absl/time/time.h>

#include <algorithm>
#include <random>

namespace tokenbroker::client {

class Backoff {
 public:
  Backoff(absl::Duration first, absl::Duration longest)
      : first_(first), longest_(longest), random_(std::random_device()()) {}

  // Uniform below a bound that doubles with every call.
  absl::Duration Next() {
    bound_ = bound_ == absl::ZeroDuration() ? first_ : std::min(bound_ * 2, longest_);
    return bound_ * std::uniform_real_distribution<>()(random_);
  }
  // It worked: the next failure is the first one.
  void Reset() { bound_ = absl::ZeroDuration(); }

 private:
  const absl::Duration first_;
  const absl::Duration longest_;
  absl::Duration bound_ = absl::ZeroDuration();
  std::minstd_rand random_;
};

}  // namespace tokenbroker::client

#include "base/jitter.h"

namespace tokenbroker {

absl::Duration Jitter::Around(absl::Duration d, double fraction) {
  return d * std::uniform_real_distribution<double>(1.0 - fraction, 1.0 + fraction)(random_);
}

absl::Duration Jitter::Below(absl::Duration d) {
  return d * std::uniform_real_distribution<double>(0.0, 1.0)(random_);
}

}  // namespace tokenbroker

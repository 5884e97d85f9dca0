#include "redis/backoff.h"

#include <algorithm>

namespace tokenbroker {

absl::Duration Backoff::Next() {
  const absl::Duration ceiling = ceiling_;
  ceiling_ = std::min(ceiling * 2, limits_.longest);
  return jitter_.Below(ceiling);
}

}  // namespace tokenbroker

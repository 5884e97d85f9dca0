// A thread of a service that asks its TokenSource for a token before each use.
#pragma once

#include <absl/time/clock.h>

#include <atomic>
#include <cstdint>
#include <iostream>

#include "tests/support/stop_event.h"
#include "tokenbroker/client/token_source.h"

namespace tokenbroker {

// What all such threads saw. Any thread.
struct SourceUse {
  std::atomic<int64_t> tokens{0};
  std::atomic<int64_t> stale{0};
  std::atomic<int64_t> older_than_before{0};
  std::atomic<int64_t> errors{0};
};

inline std::ostream& operator<<(std::ostream& out, const SourceUse& use) {
  return out << use.tokens << " tokens, " << use.stale << " stale, " << use.older_than_before
             << " older than before, " << use.errors << " errors";
}

// Until `stop`, so often. The first error is shown.
inline void UseSource(client::TokenSource& source, absl::Duration pause, StopEvent& stop,
                      SourceUse& use) {
  for (int64_t generation = 0; !stop.StoppedWithin(pause);) {
    const absl::StatusOr<client::AccessTokenPtr> token = source.Token();
    if (!token.ok()) {
      if (++use.errors == 1) std::cout << token.status() << "\n";
      continue;
    }
    ++use.tokens;
    if ((*token)->expire_time() <= absl::Now()) ++use.stale;
    if ((*token)->generation() < generation) ++use.older_than_before;
    generation = (*token)->generation();
  }
}

}  // namespace tokenbroker

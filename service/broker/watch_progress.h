// What one watcher was told, and so what it is told next.
#pragma once

#include <cstdint>

#include "broker/watch_service.h"

namespace tokenbroker {

// One thread at a time.
class WatchProgress {
 public:
  enum class Message { kNone, kToken, kStatus };

  // It has the token of `known_generation`; 0: none.
  explicit WatchProgress(int64_t known_generation) : token_generation_(known_generation) {}

  // What of `view` is not told yet: a token first, which says ACTIVE too; then the state, where
  // that is another, or where there is no token to begin with.
  Message Next(const WatchView& view) const;
  // Next, which is told now.
  Message Advance(const WatchView& view);

 private:
  int64_t token_generation_;
  bool is_first_ = true;
  WatchedState state_ = WatchedState::kActive;
  StateReason reason_ = StateReason::kNone;
};

}  // namespace tokenbroker

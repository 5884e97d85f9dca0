// SIGTERM and SIGINT, taken off the loop.
#pragma once

#include <absl/functional/any_invocable.h>

#include <boost/asio/signal_set.hpp>

#include "io/loop.h"

namespace tokenbroker {

// Made before the loop runs; the loop's tasks are dropped before it goes.
class Signals {
 public:
  // Calls `first` on the loop thread at the first signal; a second one ends the process at once,
  // with ExitCode::kFailed.
  Signals(Loop& loop, absl::AnyInvocable<void()> first);
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

 private:
  void Wait();

  boost::asio::signal_set signals_;
  absl::AnyInvocable<void()> first_;
  int seen_ = 0;
};

}  // namespace tokenbroker

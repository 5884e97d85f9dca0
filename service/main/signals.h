// SIGTERM, SIGINT and SIGHUP, taken off the loop.
#pragma once

#include <absl/functional/any_invocable.h>

#include <boost/asio/signal_set.hpp>

#include "io/loop.h"

namespace tokenbroker {

// Made before the loop runs; the loop's tasks are dropped before it goes.
class Signals {
 public:
  // On the loop thread: calls `first` at the first SIGTERM or SIGINT; a second one ends the process
  // at once, with ExitCode::kFailed. Calls `hangup` at every SIGHUP.
  Signals(Loop& loop, absl::AnyInvocable<void()> first, absl::AnyInvocable<void()> hangup);
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

 private:
  void Wait();

  boost::asio::signal_set signals_;
  absl::AnyInvocable<void()> first_;
  absl::AnyInvocable<void()> hangup_;
  int seen_ = 0;
};

}  // namespace tokenbroker

// Time as a token keeper sees it. The port; grpc_timers.h is the machine's, tests have their own.
#pragma once

#include <absl/time/time.h>

#include <condition_variable>
#include <functional>
#include <mutex>

#include "client/library/operation.h"

namespace tokenbroker::client {

// Any thread.
class Timers {
 public:
  virtual ~Timers() = default;

  virtual absl::Time Now() const = 0;
  // Cheaper, and behind by a few milliseconds at most.
  virtual absl::Time RoughlyNow() const = 0;
  // Calls back once when `delay` has passed, unless it is cancelled before.
  virtual OperationPtr After(absl::Duration delay, std::function<void()> callback) = 0;
  // Waits for `changed` with `lock`, until `deadline` at most; may return for no reason.
  virtual void Wait(std::condition_variable& changed, std::unique_lock<std::mutex>& lock,
                    absl::Time deadline) = 0;
};

}  // namespace tokenbroker::client

// The one loop of whatever watches files.
#pragma once

#include <absl/time/time.h>

#include <functional>
#include <stop_token>

namespace tokenbroker {

// Calls `check` every `period` until `stop` is requested, which ends the wait at once; for a thread
// of its own.
void CheckPeriodically(std::stop_token stop, absl::Duration period,
                       const std::function<void()>& check);

}  // namespace tokenbroker

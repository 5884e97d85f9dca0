#include "config/periodic_check.h"

#include <condition_variable>
#include <mutex>

namespace tokenbroker {

void CheckPeriodically(std::stop_token stop, absl::Duration period,
                       const std::function<void()>& check) {
  std::mutex mutex;
  std::condition_variable_any stopped;
  std::unique_lock<std::mutex> lock(mutex);
  while (!stopped.wait_for(lock, stop, absl::ToChronoMilliseconds(period),
                           [&stop] { return stop.stop_requested(); })) {
    if (stop.stop_requested()) return;
    check();
  }
}

}  // namespace tokenbroker

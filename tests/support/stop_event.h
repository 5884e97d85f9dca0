// Lets a test's threads pause between two things they do, and end at once when they must.
#pragma once

#include <absl/time/time.h>

#include <condition_variable>
#include <mutex>

namespace tokenbroker {

// Any thread.
class StopEvent {
 public:
  void Stop() {
    const std::lock_guard<std::mutex> lock(mutex_);
    stopped_ = true;
    changed_.notify_all();
  }
  // Whether it was stopped, after `pause` at the latest.
  bool StoppedWithin(absl::Duration pause) {
    std::unique_lock<std::mutex> lock(mutex_);
    return changed_.wait_for(lock, absl::ToChronoNanoseconds(pause), [this] { return stopped_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopped_ = false;
};

// Whether `condition` came true before `patience` was over; asked again and again.
template <typename Condition>
bool Eventually(Condition condition, absl::Duration patience = absl::Seconds(30)) {
  StopEvent never;
  for (const absl::Time end = absl::Now() + patience; absl::Now() < end;) {
    if (condition()) return true;
    never.StoppedWithin(absl::Milliseconds(20));
  }
  return condition();
}

}  // namespace tokenbroker

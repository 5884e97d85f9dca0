#include "client/library/grpc_timers.h"

#include <absl/time/clock.h>
#include <grpcpp/alarm.h>
#include <time.h>

#include <algorithm>
#include <chrono>
#include <utility>

namespace tokenbroker::client {
namespace {

class AlarmTimer : public Operation, public std::enable_shared_from_this<AlarmTimer> {
 public:
  AlarmTimer(std::shared_ptr<LiveOperations> live, absl::Duration delay,
             std::function<void()> callback)
      : member_(std::move(live)), delay_(delay), callback_(std::move(callback)) {}

  void Start() override {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (cancelled_) return;
    alive_ = shared_from_this();
    alarm_.Set(absl::ToChronoTime(absl::Now() + delay_), [this](bool expired) {
      const std::shared_ptr<AlarmTimer> until_the_end = std::move(alive_);
      if (expired) callback_();
    });
  }

  void Cancel() override {
    const std::lock_guard<std::mutex> lock(mutex_);
    cancelled_ = true;
    alarm_.Cancel();
  }

 private:
  const LiveOperations::Member member_;
  const absl::Duration delay_;
  const std::function<void()> callback_;
  // Orders Start() and Cancel().
  std::mutex mutex_;
  bool cancelled_ = false;
  // This, from Start() to the callback.
  std::shared_ptr<AlarmTimer> alive_;
  grpc::Alarm alarm_;
};

}  // namespace

GrpcTimers::GrpcTimers(std::shared_ptr<LiveOperations> live) : live_(std::move(live)) {}

absl::Time GrpcTimers::Now() const { return absl::Now(); }

absl::Time GrpcTimers::RoughlyNow() const {
  timespec now = {};
  if (clock_gettime(CLOCK_REALTIME_COARSE, &now) != 0) return absl::Now();
  return absl::FromUnixSeconds(now.tv_sec) + absl::Nanoseconds(now.tv_nsec);
}

OperationPtr GrpcTimers::After(absl::Duration delay, std::function<void()> callback) {
  return std::make_shared<AlarmTimer>(live_, delay, std::move(callback));
}

void GrpcTimers::Wait(std::condition_variable& changed, std::unique_lock<std::mutex>& lock,
                      absl::Time deadline) {
  // An hour at a time: the far future overflows what the machine's clock can say.
  const absl::Time latest = std::min(deadline, absl::Now() + absl::Hours(1));
  changed.wait_until(lock, absl::ToChronoTime(latest));
}

}  // namespace tokenbroker::client

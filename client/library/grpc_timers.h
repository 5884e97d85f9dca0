// The machine's clock, and timers that gRPC's own threads keep: no thread of ours.
#pragma once

#include <memory>

#include "client/library/live_operations.h"
#include "client/library/timers.h"

namespace tokenbroker::client {

// Any thread. Callbacks run on gRPC's threads.
class GrpcTimers : public Timers {
 public:
  explicit GrpcTimers(std::shared_ptr<LiveOperations> live);

  absl::Time Now() const override;
  absl::Time RoughlyNow() const override;
  OperationPtr After(absl::Duration delay, std::function<void()> callback) override;
  void Wait(std::condition_variable& changed, std::unique_lock<std::mutex>& lock,
            absl::Time deadline) override;

 private:
  const std::shared_ptr<LiveOperations> live_;
};

}  // namespace tokenbroker::client

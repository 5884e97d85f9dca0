// What is counted of every call: how it ended, and how long a unary one took.
#pragma once

#include <absl/status/status.h>
#include <absl/time/time.h>

#include <array>
#include <atomic>

#include "base/metrics.h"
#include "config/rpc_name.h"

namespace tokenbroker {

// Any thread. No call takes a lock for it, save the first that ends as none before.
class RpcMeters {
 public:
  // `metrics` must outlive it.
  explicit RpcMeters(Metrics& metrics);
  RpcMeters(const RpcMeters&) = delete;
  RpcMeters& operator=(const RpcMeters&) = delete;

  // A call that was answered.
  void Ended(Rpc rpc, const absl::Status& status, absl::Duration took);
  // A stream, which lasts as long as its caller likes.
  void StreamEnded(Rpc rpc, const absl::Status& status);

 private:
  static constexpr size_t kRpcs = static_cast<size_t>(Rpc::kSetLogLevel) + 1;
  // OK, each reason, and the codes that have none.
  static constexpr size_t kOutcomes = 40;

  struct Meters {
    std::array<std::atomic<prometheus::Counter*>, kOutcomes> by_outcome{};
    std::atomic<Histogram*> duration{};
  };

  prometheus::Counter& CounterOf(Rpc rpc, const absl::Status& status);

  Metrics& metrics_;
  std::array<Meters, kRpcs> meters_;
};

}  // namespace tokenbroker

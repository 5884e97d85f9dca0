#include "rpc/rpc_meters.h"

#include <string>
#include <vector>

#include "token/refusal.h"

namespace tokenbroker {
namespace {

// In seconds: a hit takes the first of them, a caller who waits for a provider the last.
std::vector<double> Bounds() {
  return {.0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30};
}

std::string NameOf(Rpc rpc) {
  const absl::string_view name = RpcName(rpc);
  return std::string(name.data(), name.size());
}

struct Outcome {
  size_t index;
  absl::string_view name;
};

constexpr Outcome kOk = {0, "OK"};
constexpr size_t kReasons = static_cast<size_t>(Reason::kAuditUnavailable) + 1;

Outcome OutcomeOf(const absl::Status& status) {
  if (status.ok()) return kOk;
  if (const absl::optional<Refusal> refusal = RefusalOf(status)) {
    return {1 + static_cast<size_t>(refusal->reason), ReasonName(refusal->reason)};
  }
  switch (status.code()) {
    case absl::StatusCode::kCancelled:
      return {kReasons + 1, "CANCELLED"};
    case absl::StatusCode::kDeadlineExceeded:
      return {kReasons + 2, "DEADLINE_EXCEEDED"};
    case absl::StatusCode::kUnavailable:
      return {kReasons + 3, "SHUTTING_DOWN"};
    default:
      return {kReasons + 4, "OTHER"};
  }
}

}  // namespace

RpcMeters::RpcMeters(Metrics& metrics) : metrics_(metrics) {
  static_assert(kOutcomes > kReasons + 4);
  // So that the first refusals are a share of something.
  for (size_t rpc = 0; rpc < kRpcs; ++rpc) CounterOf(static_cast<Rpc>(rpc), absl::OkStatus());
}

void RpcMeters::Ended(Rpc rpc, const absl::Status& status, absl::Duration took) {
  CounterOf(rpc, status).Increment();
  std::atomic<Histogram*>& known = meters_[static_cast<size_t>(rpc)].duration;
  Histogram* duration = known.load(std::memory_order_acquire);
  if (duration == nullptr) {
    duration = &metrics_.Distribution("tokenbroker_rpc_duration_seconds",
                                      "From a call's arrival to its answer, by RPC.", Bounds(),
                                      {{"rpc", NameOf(rpc)}});
    known.store(duration, std::memory_order_release);
  }
  duration->Observe(absl::ToDoubleSeconds(took));
}

void RpcMeters::StreamEnded(Rpc rpc, const absl::Status& status) {
  CounterOf(rpc, status).Increment();
}

prometheus::Counter& RpcMeters::CounterOf(Rpc rpc, const absl::Status& status) {
  const Outcome outcome = OutcomeOf(status);
  std::atomic<prometheus::Counter*>& known =
      meters_[static_cast<size_t>(rpc)].by_outcome[outcome.index];
  prometheus::Counter* counter = known.load(std::memory_order_acquire);
  if (counter == nullptr) {
    // Whoever else looks it up now finds the same.
    counter = &metrics_.Counter(
        "tokenbroker_rpc_requests_total", "Calls that have ended, by RPC and outcome.",
        {{"rpc", NameOf(rpc)}, {"outcome", std::string(outcome.name.data(), outcome.name.size())}});
    known.store(counter, std::memory_order_release);
  }
  return *counter;
}

}  // namespace tokenbroker

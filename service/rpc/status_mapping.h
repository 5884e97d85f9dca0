// What a failed call says: a Status and its Refusal become code, message, ErrorInfo, RetryInfo and
// the retry trailer. The one place where the broker's errors meet the wire; free of any transport.
// Pure functions; any thread.
#pragma once

#include <absl/status/status.h>
#include <absl/types/optional.h>

#include <cstdint>
#include <string>

namespace tokenbroker {

// A failed call as a transport sends it.
struct RpcError {
  absl::StatusCode code = absl::StatusCode::kInternal;
  std::string message;
  // For the trailer `grpc-status-details-bin`: a serialized tokenbroker.rpc.v1.Status. Empty: none.
  std::string details;
  // For the trailer `grpc-retry-pushback-ms`, which gRPC's own retries obey: wait so long, or -1:
  // do not retry. Unset: the caller's own backoff decides.
  absl::optional<int64_t> retry_pushback_ms;
};

inline constexpr char kRetryPushbackTrailer[] = "grpc-retry-pushback-ms";

// REQUIRES: !status.ok(). With a Refusal: its code, message and details. Without: CANCELLED and
// DEADLINE_EXCEEDED as they are; anything else is a bug of ours, so the caller sees a bare INTERNAL
// and the log sees the status. The parts together stay below the 8 KiB of trailers that a gRPC
// client accepts by default.
RpcError ToRpcError(const absl::Status& status);

}  // namespace tokenbroker

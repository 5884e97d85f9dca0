// Why a call failed, and what the person at the terminal can do about it.
#pragma once

#include <absl/time/time.h>
#include <absl/types/optional.h>
#include <grpcpp/support/status.h>

#include <map>
#include <string>

#include "client/tbctl/arguments.h"

namespace tokenbroker::tbctl {

// The broker's ErrorInfo and RetryInfo, read from the trailer `grpc-status-details-bin`.
struct Failure {
  grpc::StatusCode code = grpc::StatusCode::UNKNOWN;
  std::string message;
  // "REAUTHORIZATION_REQUIRED"; empty when the answer is not the broker's own.
  std::string reason;
  std::map<std::string, std::string> metadata;
  absl::optional<absl::Duration> retry_delay;
};

// REQUIRES: !status.ok(). Details that are not the broker's, or garbage, are left out.
Failure ReadFailure(const grpc::Status& status);

// One sentence, without a full stop; never empty.
std::string Advice(const Failure& failure, const Arguments& arguments);

// Several lines, the last one ended: what failed, what is known, what to do.
std::string Explain(const Failure& failure, const Arguments& arguments);

ExitCode ExitCodeOf(const Failure& failure);

}  // namespace tokenbroker::tbctl

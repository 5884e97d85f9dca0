// What a command tells of its call's end: how people, or programs, read it.
#pragma once

#include <absl/time/clock.h>
#include <grpcpp/client_context.h>
#include <grpcpp/support/status.h>

#include <ostream>

#include "client/tbctl/arguments.h"

namespace tokenbroker::tbctl {

// Says on `err` why the call failed: in sentences or, with --json, as one JSON object on one line
// ({"error": {"code", "reason", "message", "metadata", "retry_after_seconds", "what_to_do",
// "exit_code"}}). REQUIRES: !status.ok().
ExitCode ReportFailure(const grpc::Status& status, const Arguments& arguments, std::ostream& err);

// Flushes `out`; kFailed, said on `err`, when what was written is lost.
ExitCode Written(std::ostream& out, std::ostream& err);

// Longer than a provider's token request takes at worst.
inline constexpr absl::Duration kCallTimeout = absl::Minutes(1);

// One blocking call; its failure has been reported.
template <typename Stub, typename Method, typename Request, typename Response>
ExitCode Call(Stub& stub, Method method, const Request& request, Response* response,
              const Arguments& arguments, std::ostream& err,
              absl::Duration timeout = kCallTimeout) {
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(absl::Now() + timeout));
  const grpc::Status status = (stub.*method)(&context, request, response);
  return status.ok() ? ExitCode::kDone : ReportFailure(status, arguments, err);
}

}  // namespace tokenbroker::tbctl

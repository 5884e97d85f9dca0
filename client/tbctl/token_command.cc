#include <absl/time/clock.h>

#include "client/tbctl/commands.h"
#include "client/tbctl/failure.h"
#include "client/tbctl/output.h"

namespace tokenbroker::tbctl {
namespace {

constexpr absl::Duration kCallTimeout = absl::Seconds(30);

}  // namespace

ExitCode Token(const Arguments& arguments, const Surroundings& surroundings) {
  v1::GetFreshTokenRequest request;
  request.set_tenant(arguments.tenant);
  request.set_provider(arguments.provider);
  request.set_subject(arguments.subject);
  if (arguments.min_ttl) {
    absl::Duration rest;
    request.mutable_min_ttl()->set_seconds(
        absl::IDivDuration(*arguments.min_ttl, absl::Seconds(1), &rest));
    request.mutable_min_ttl()->set_nanos(static_cast<int32_t>(absl::ToInt64Nanoseconds(rest)));
  }
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(absl::Now() + kCallTimeout));
  v1::GetFreshTokenResponse answer;
  const grpc::Status status = surroundings.broker.GetFreshToken(&context, request, &answer);
  if (!status.ok()) {
    const Failure failure = ReadFailure(status);
    surroundings.err << Explain(failure, arguments);
    return ExitCodeOf(failure);
  }
  if (arguments.json) {
    surroundings.out << AsJson(answer);
  } else {
    surroundings.out << answer.token().access_token() << "\n";
  }
  if (!surroundings.out.flush()) {
    surroundings.err << "tbctl: the answer cannot be written to standard output\n";
    return ExitCode::kFailed;
  }
  return ExitCode::kDone;
}

}  // namespace tokenbroker::tbctl

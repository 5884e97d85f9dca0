#include "rpc/grpc_call.h"

#include <absl/strings/str_cat.h>
#include <absl/time/clock.h>

#include "rpc/status_mapping.h"

namespace tokenbroker {

GrpcAnswer::~GrpcAnswer() {
  if (reactor_ == nullptr) return;
  reactor_->Finish(
      grpc::Status(grpc::StatusCode::UNAVAILABLE, "the broker is shutting down; call again"));
}

void GrpcAnswer::operator()(const absl::Status& status) {
  grpc::ServerUnaryReactor* const reactor = std::exchange(reactor_, nullptr);
  if (status.ok()) return reactor->Finish(grpc::Status::OK);
  const RpcError error = ToRpcError(status);
  if (error.retry_pushback_ms) {
    context_->AddTrailingMetadata(kRetryPushbackTrailer, absl::StrCat(*error.retry_pushback_ms));
  }
  reactor->Finish(
      grpc::Status(static_cast<grpc::StatusCode>(error.code), error.message, error.details));
}

SteadyTime DeadlineOf(const grpc::ServerContextBase& context, const Clock& clock) {
  const gpr_timespec deadline = context.raw_deadline();
  const SteadyTime now = clock.SteadyNow();
  if (gpr_time_cmp(deadline, gpr_inf_future(deadline.clock_type)) == 0) {
    return now + kDefaultCallTimeout;
  }
  const gpr_timespec left = gpr_time_sub(deadline, gpr_now(deadline.clock_type));
  return now + absl::Seconds(left.tv_sec) + absl::Nanoseconds(left.tv_nsec);
}

grpc::Status NotImplemented(const char* method) {
  return grpc::Status(grpc::StatusCode::UNIMPLEMENTED,
                      absl::StrCat(method, " is declared but not offered by this version"));
}

}  // namespace tokenbroker

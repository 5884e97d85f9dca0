#include "rpc/grpc_call.h"

#include <absl/strings/str_cat.h>
#include <grpcpp/support/proto_buffer_writer.h>

#include "rpc/status_mapping.h"
#include "token/refusal.h"

namespace tokenbroker {

namespace {

template <typename Message>
bool Read(const grpc::ByteBuffer& bytes, Message* message) {
  grpc::Slice slice;
  const bool whole = bytes.TrySingleSlice(&slice).ok() || bytes.DumpToSingleSlice(&slice).ok();
  return whole && message->ParseFromArray(slice.begin(), static_cast<int>(slice.size()));
}

}  // namespace

bool ReadMessage(const grpc::ByteBuffer& bytes, google::protobuf::MessageLite* message) {
  return Read(bytes, message);
}

bool ReadMessage(const grpc::ByteBuffer& bytes, FreshRequest* request) {
  return Read(bytes, request);
}

absl::Status NotThisMessage() {
  return FieldInvalid("request", "is not a message of this method, or its text is not UTF-8");
}

grpc::ByteBuffer ToBytes(const google::protobuf::MessageLite& message) {
  grpc::Slice slice(message.ByteSizeLong());
  message.SerializeWithCachedSizesToArray(const_cast<uint8_t*>(slice.begin()));
  return grpc::ByteBuffer(&slice, 1);
}

grpc::ByteBuffer ToBytes(const FreshAnswer& answer) {
  const FreshAnswerWriter writer(answer);
  grpc::Slice slice(writer.size());
  writer.WriteTo(const_cast<uint8_t*>(slice.begin()));
  return grpc::ByteBuffer(&slice, 1);
}

grpc::Status ToGrpcStatus(const absl::Status& status, grpc::ServerContextBase* context) {
  const RpcError error = ToRpcError(status);
  if (error.retry_pushback_ms) {
    context->AddTrailingMetadata(kRetryPushbackTrailer, absl::StrCat(*error.retry_pushback_ms));
  }
  return grpc::Status(static_cast<grpc::StatusCode>(error.code), error.message, error.details);
}

grpc::Status ShuttingDown() {
  return grpc::Status(grpc::StatusCode::UNAVAILABLE, "the broker is shutting down; call again");
}

void Finish(const GrpcCall& call, grpc::ByteBuffer response) {
  call.response_bytes->Swap(&response);
  call.reactor->Finish(grpc::Status::OK);
}

void FinishRefused(const GrpcCall& call, const absl::Status& status) {
  call.reactor->Finish(ToGrpcStatus(status, call.visit.context));
}

void FinishDropped(const GrpcCall& call) { call.reactor->Finish(ShuttingDown()); }

SteadyTime DeadlineOf(const grpc::ServerContextBase& context, SteadyTime now) {
  const gpr_timespec deadline = context.raw_deadline();
  if (gpr_time_cmp(deadline, gpr_inf_future(deadline.clock_type)) == 0) {
    return now + kDefaultCallTimeout;
  }
  const gpr_timespec left = gpr_time_sub(deadline, gpr_now(deadline.clock_type));
  return now + absl::Seconds(left.tv_sec) + absl::Nanoseconds(left.tv_nsec);
}

}  // namespace tokenbroker

// The adapter between gRPC's callback API and a handler: bytes, deadline and caller in, bytes,
// status and trailers out. Messages are read here and not by gRPC, which answers UNIMPLEMENTED,
// without a word, to what it cannot read.
#pragma once

#include <absl/status/status.h>
#include <google/protobuf/message_lite.h>
#include <grpcpp/server_context.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/server_callback.h>

#include <memory>
#include <utility>

#include "base/clock.h"
#include "rpc/call.h"

namespace tokenbroker {

// One unary call and its messages. `reactor` and what belongs to gRPC live until it is finished.
struct GrpcCall {
  grpc::CallbackServerContext* context;
  grpc::ServerUnaryReactor* reactor;
  grpc::ByteBuffer* response_bytes;
};
template <typename Request, typename Response>
struct GrpcCallOf : GrpcCall {
  explicit GrpcCallOf(const GrpcCall& call) : GrpcCall(call) {}
  Request request;
  Response response;
};

// False when `bytes` are no such message, or its text is not UTF-8.
bool ReadMessage(const grpc::ByteBuffer& bytes, google::protobuf::MessageLite* message);
// Ends the call: with `response` when the status is OK.
void Finish(const GrpcCall& call, const absl::Status& status,
            const google::protobuf::MessageLite& response);
// The broker stops: with UNAVAILABLE.
void FinishDropped(const GrpcCall& call);

// A CallDone for one gRPC call: finishes it when it is called, or as dropped when it is dropped.
// One pointer, so that AnyInvocable keeps it without an allocation. Any thread.
template <typename Request, typename Response>
class GrpcAnswer {
 public:
  using Call = GrpcCallOf<Request, Response>;

  explicit GrpcAnswer(std::unique_ptr<Call> call) : call_(std::move(call)) {}
  GrpcAnswer(GrpcAnswer&&) noexcept = default;
  GrpcAnswer& operator=(GrpcAnswer&&) = delete;
  ~GrpcAnswer() {
    if (call_ != nullptr) FinishDropped(*call_);
  }

  void operator()(const absl::Status& status) {
    const std::unique_ptr<Call> call = std::move(call_);
    Finish(*call, status, call->response);
  }

 private:
  std::unique_ptr<Call> call_;
};

// The context's deadline on the steady clock; kDefaultCallTimeout from now when it has none.
SteadyTime DeadlineOf(const grpc::ServerContextBase& context, const Clock& clock);

// UNIMPLEMENTED with a sentence: a method that is declared and not offered yet.
grpc::Status NotImplemented(const char* method);

}  // namespace tokenbroker

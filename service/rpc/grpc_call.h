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
#include "rpc/peer.h"

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
// FIELD_INVALID for what ReadMessage does not read.
absl::Status NotThisMessage();
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

template <typename Handler, typename Request, typename Response>
using HandlerMethod = void (Handler::*)(const CallInfo&, const Request&, Response*, CallDone);

// Hands a unary call to a handler's method, with who calls and by when; UNAUTHENTICATED and
// FIELD_INVALID end it before. `request` lives until the call is finished.
template <typename Handler, typename Request, typename Response>
grpc::ServerUnaryReactor* HandleUnary(grpc::CallbackServerContext* context, Callers& callers,
                                      const Clock& clock, Handler& handler,
                                      HandlerMethod<Handler, Request, Response> method,
                                      const grpc::ByteBuffer& request, grpc::ByteBuffer* response) {
  grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
  auto call = std::make_unique<GrpcCallOf<Request, Response>>(GrpcCall{context, reactor, response});
  GrpcCallOf<Request, Response>& messages = *call;
  const SteadyTime deadline = DeadlineOf(*context, clock);
  IdentifyPeer(callers, *context, deadline,
               [&messages, &handler, &request, method, deadline,
                answer = GrpcAnswer<Request, Response>(std::move(call))](
                   absl::StatusOr<KnownCallerPtr> caller) mutable {
                 if (!caller.ok()) return answer(caller.status());
                 if (!ReadMessage(request, &messages.request)) return answer(NotThisMessage());
                 const CallInfo info{*std::move(caller), deadline};
                 (handler.*method)(info, messages.request, &messages.response, std::move(answer));
               });
  return reactor;
}

// UNIMPLEMENTED with a sentence: a method that is declared and not offered yet.
grpc::Status NotImplemented(const char* method);

}  // namespace tokenbroker

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
#include "rpc/fresh_answer.h"
#include "rpc/fresh_request.h"
#include "rpc/front_door.h"

namespace tokenbroker {

// One unary call and its messages. `reactor` and what belongs to gRPC live until it is finished.
struct GrpcCall {
  FrontDoor* door;
  Visit visit;
  grpc::ServerUnaryReactor* reactor;
  grpc::ByteBuffer* response_bytes;
};

template <typename Handler, typename Request, typename Response>
using HandlerMethod = void (Handler::*)(const CallInfo&, const Request&, Response*, CallDone);

// With its messages, and what it is for: a call's one piece of memory.
template <typename Handler, typename Request, typename Response>
struct GrpcCallOf : GrpcCall {
  GrpcCallOf(GrpcCall call, Handler& its_handler,
             HandlerMethod<Handler, Request, Response> its_method, const grpc::ByteBuffer& bytes)
      : GrpcCall(std::move(call)), handler(its_handler), method(its_method), request_bytes(bytes) {}

  Handler& handler;
  const HandlerMethod<Handler, Request, Response> method;
  const grpc::ByteBuffer& request_bytes;
  SteadyTime deadline;
  Request request;
  Response response;
};

// What the messages tell for the audit line.
template <typename Request, typename Response>
AuditFacts FactsOf(const Request& request, const Response& response) {
  AuditFacts facts;
  if constexpr (requires { response.grant(); }) facts.generation = response.grant().generation();
  if constexpr (requires { response.token(); }) {
    if (response.has_token()) facts.generation = response.token().generation();
  }
  if constexpr (requires { response.grants_size(); }) facts.grants = response.grants_size();
  if constexpr (requires { response.matched_count(); }) facts.grants = response.matched_count();
  if constexpr (requires { request.dry_run(); }) facts.dry_run = request.dry_run();
  return facts;
}

inline AuditFacts FactsOf(const FreshRequest&, const FreshAnswer& response) {
  AuditFacts facts;
  if (response.token != nullptr) facts.generation = response.token->generation;
  return facts;
}

// False when `bytes` are no such message, or its text is not UTF-8.
bool ReadMessage(const grpc::ByteBuffer& bytes, google::protobuf::MessageLite* message);
bool ReadMessage(const grpc::ByteBuffer& bytes, FreshRequest* request);
// FIELD_INVALID for what ReadMessage does not read.
absl::Status NotThisMessage();
// The bytes of a message.
grpc::ByteBuffer ToBytes(const google::protobuf::MessageLite& message);
// `answer` has a token.
grpc::ByteBuffer ToBytes(const FreshAnswer& answer);
// What a call is told that failed so; its trailers are added to `context`. REQUIRES: not OK.
grpc::Status ToGrpcStatus(const absl::Status& status, grpc::ServerContextBase* context);
// UNAVAILABLE: the broker stops.
grpc::Status ShuttingDown();
// Ends the call well.
void Finish(const GrpcCall& call, grpc::ByteBuffer response);
// REQUIRES: not OK.
void FinishRefused(const GrpcCall& call, const absl::Status& status);
// The broker stops: with UNAVAILABLE.
void FinishDropped(const GrpcCall& call);

// A CallDone for one gRPC call: finishes it when it is called (soon, where the loop calls it), or
// as dropped when it is dropped. One pointer, so that AnyInvocable keeps it without an allocation.
// Any thread.
template <typename Call>
class GrpcAnswer {
 public:
  explicit GrpcAnswer(std::unique_ptr<Call> call) : call_(std::move(call)) {}
  GrpcAnswer(GrpcAnswer&&) noexcept = default;
  GrpcAnswer& operator=(GrpcAnswer&&) = delete;
  ~GrpcAnswer() {
    if (call_ == nullptr) return;
    Leave(*call_, absl::UnavailableError("dropped"));
    FinishDropped(*call_);
  }

  Call& call() { return *call_; }

  void operator()(const absl::Status& status) {
    LoopAnswers& answers = call_->door->answers();
    answers.Give([answer = std::move(*this), status]() mutable { answer.FinishNow(status); });
  }

 private:
  void FinishNow(const absl::Status& status) {
    const std::unique_ptr<Call> call = std::move(call_);
    Leave(*call, status);
    if (!status.ok()) return FinishRefused(*call, status);
    Finish(*call, ToBytes(call->response));
  }

  static void Leave(const Call& call, const absl::Status& status) {
    call.door->Count(call.visit, status);
    call.door->Leave(call.visit, FactsOf(call.request, call.response), status);
  }

  std::unique_ptr<Call> call_;
};

// The context's deadline on the steady clock, which reads `now`; kDefaultCallTimeout from then when
// it has none.
SteadyTime DeadlineOf(const grpc::ServerContextBase& context, SteadyTime now);

// Hands a unary call that may go on to a handler's method. `request` lives until the call is
// finished.
template <typename Handler, typename Request, typename Response>
grpc::ServerUnaryReactor* HandleUnary(FrontDoor& door, Rpc rpc,
                                      grpc::CallbackServerContext* context, Handler& handler,
                                      HandlerMethod<Handler, Request, Response> method,
                                      const grpc::ByteBuffer& request, grpc::ByteBuffer* response) {
  using Call = GrpcCallOf<Handler, Request, Response>;
  grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
  auto made = std::make_unique<Call>(GrpcCall{&door, Visit(rpc, context), reactor, response},
                                     handler, method, request);
  made->visit.begun = door.clock().SteadyNow();
  made->deadline = DeadlineOf(*context, made->visit.begun);
  const Visit& visit = made->visit;
  const SteadyTime deadline = made->deadline;
  // No more than a pointer, so that what identifies the caller keeps it without an allocation.
  door.Identify(
      visit, deadline,
      [answer = GrpcAnswer<Call>(std::move(made))](absl::StatusOr<KnownCallerPtr> caller) mutable {
        Call& call = answer.call();
        const absl::Status in = call.door->LetIn(std::move(caller), &call.visit);
        if (!in.ok()) return answer(in);
        if (!ReadMessage(call.request_bytes, &call.request)) return answer(NotThisMessage());
        const CallInfo info{call.visit.caller, call.deadline, call.visit.waiting, call.visit.notes,
                            call.visit.trace};
        (call.handler.*call.method)(info, call.request, &call.response, std::move(answer));
      });
  return reactor;
}

}  // namespace tokenbroker

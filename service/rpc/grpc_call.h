// The adapter between gRPC's callback API and a handler: deadline and caller in, status and
// trailers out.
#pragma once

#include <absl/status/status.h>
#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include <utility>

#include "base/clock.h"
#include "rpc/call.h"
#include "rpc/caller_identity.h"

namespace tokenbroker {

// A CallDone for one gRPC call: finishes the reactor when it is called, or with UNAVAILABLE when it
// is dropped. Two pointers, so that AnyInvocable keeps it without an allocation. Any thread.
class GrpcAnswer {
 public:
  GrpcAnswer(grpc::CallbackServerContext* context, grpc::ServerUnaryReactor* reactor)
      : context_(context), reactor_(reactor) {}
  GrpcAnswer(GrpcAnswer&& other) noexcept
      : context_(other.context_), reactor_(std::exchange(other.reactor_, nullptr)) {}
  GrpcAnswer& operator=(GrpcAnswer&&) = delete;
  ~GrpcAnswer();

  void operator()(const absl::Status& status);

 private:
  grpc::CallbackServerContext* context_;
  grpc::ServerUnaryReactor* reactor_;
};

// The context's deadline on the steady clock; kDefaultCallTimeout from now when it has none.
SteadyTime DeadlineOf(const grpc::ServerContextBase& context, const Clock& clock);

// Hands a unary call to a handler's method, with who calls and by when.
template <typename Handler, typename Method, typename Request, typename Response>
grpc::ServerUnaryReactor* HandleUnary(grpc::CallbackServerContext* context,
                                      CallerIdentity& identity, const Clock& clock,
                                      Handler& handler, Method method, const Request* request,
                                      Response* response) {
  grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
  GrpcAnswer answer(context, reactor);
  absl::StatusOr<Caller> caller = identity.Identify(*context);
  if (!caller.ok()) {
    answer(caller.status());
    return reactor;
  }
  const CallInfo call{*std::move(caller), DeadlineOf(*context, clock)};
  (handler.*method)(call, *request, response, std::move(answer));
  return reactor;
}

// UNIMPLEMENTED with a sentence: a method that is declared and not offered yet.
grpc::Status NotImplemented(const char* method);

}  // namespace tokenbroker

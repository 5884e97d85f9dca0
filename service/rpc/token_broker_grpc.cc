#include "rpc/token_broker_grpc.h"

#include <utility>

#include "rpc/grpc_call.h"
#include "token/refusal.h"

namespace tokenbroker {
namespace {

// A stream that ends before its first message.
class EndedStream : public grpc::ServerWriteReactor<v1::WatchTokenResponse> {
 public:
  explicit EndedStream(grpc::Status status) { Finish(std::move(status)); }
  // gRPC's last word to a reactor, which owns itself.
  void OnDone() override { delete this; }
};

}  // namespace

template <typename Handler, typename Request, typename Response>
grpc::ServerUnaryReactor* TokenBrokerGrpc::Handle(grpc::CallbackServerContext* context,
                                                  Handler& handler,
                                                  Method<Handler, Request, Response> method,
                                                  const grpc::ByteBuffer& request,
                                                  grpc::ByteBuffer* response) {
  grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
  auto call = std::make_unique<GrpcCallOf<Request, Response>>(GrpcCall{context, reactor, response});
  GrpcCallOf<Request, Response>& messages = *call;
  GrpcAnswer<Request, Response> answer(std::move(call));
  absl::StatusOr<Caller> caller = identity_.Identify(*context);
  if (!caller.ok()) {
    answer(caller.status());
    return reactor;
  }
  if (!ReadMessage(request, &messages.request)) {
    answer(FieldInvalid("request", "is not a message of this method, or its text is not UTF-8"));
    return reactor;
  }
  const CallInfo info{*std::move(caller), DeadlineOf(*context, clock_)};
  (handler.*method)(info, messages.request, &messages.response, std::move(answer));
  return reactor;
}

grpc::ServerUnaryReactor* TokenBrokerGrpc::BuildLoginUri(grpc::CallbackServerContext* context,
                                                         const grpc::ByteBuffer* request,
                                                         grpc::ByteBuffer* response) {
  return Handle(context, logins_, &LoginHandler::BuildLoginUri, *request, response);
}

grpc::ServerUnaryReactor* TokenBrokerGrpc::ExchangeCode(grpc::CallbackServerContext* context,
                                                        const grpc::ByteBuffer* request,
                                                        grpc::ByteBuffer* response) {
  return Handle(context, logins_, &LoginHandler::ExchangeCode, *request, response);
}

grpc::ServerUnaryReactor* TokenBrokerGrpc::GetFreshToken(grpc::CallbackServerContext* context,
                                                         const grpc::ByteBuffer* request,
                                                         grpc::ByteBuffer* response) {
  return Handle(context, tokens_, &TokenHandler::GetFreshToken, *request, response);
}

grpc::ServerWriteReactor<v1::WatchTokenResponse>* TokenBrokerGrpc::WatchToken(
    grpc::CallbackServerContext*, const v1::WatchTokenRequest*) {
  return new EndedStream(NotImplemented("WatchToken"));
}

}  // namespace tokenbroker

#include "rpc/token_broker_grpc.h"

#include <utility>

#include "rpc/grpc_call.h"

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

grpc::ServerUnaryReactor* TokenBrokerGrpc::BuildLoginUri(grpc::CallbackServerContext* context,
                                                         const grpc::ByteBuffer* request,
                                                         grpc::ByteBuffer* response) {
  return HandleUnary(door_, Rpc::kBuildLoginUri, context, logins_, &LoginHandler::BuildLoginUri,
                     *request, response);
}

grpc::ServerUnaryReactor* TokenBrokerGrpc::ExchangeCode(grpc::CallbackServerContext* context,
                                                        const grpc::ByteBuffer* request,
                                                        grpc::ByteBuffer* response) {
  return HandleUnary(door_, Rpc::kExchangeCode, context, logins_, &LoginHandler::ExchangeCode,
                     *request, response);
}

grpc::ServerUnaryReactor* TokenBrokerGrpc::GetFreshToken(grpc::CallbackServerContext* context,
                                                         const grpc::ByteBuffer* request,
                                                         grpc::ByteBuffer* response) {
  return HandleUnary(door_, Rpc::kGetFreshToken, context, tokens_, &TokenHandler::GetFreshToken,
                     *request, response);
}

grpc::ServerWriteReactor<v1::WatchTokenResponse>* TokenBrokerGrpc::WatchToken(
    grpc::CallbackServerContext*, const v1::WatchTokenRequest*) {
  return new EndedStream(NotImplemented("WatchToken"));
}

}  // namespace tokenbroker

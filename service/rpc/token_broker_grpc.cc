#include "rpc/token_broker_grpc.h"

#include "rpc/grpc_call.h"
#include "rpc/watch_reactor.h"

namespace tokenbroker {

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

grpc::ServerWriteReactor<grpc::ByteBuffer>* TokenBrokerGrpc::WatchToken(
    grpc::CallbackServerContext* context, const grpc::ByteBuffer* request) {
  return WatchReactor::Start({door_, watches_}, context, request);
}

}  // namespace tokenbroker

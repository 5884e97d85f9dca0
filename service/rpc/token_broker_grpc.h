// TokenBrokerService over gRPC.
#pragma once

#include <tokenbroker/v1/token_broker.grpc.pb.h>

#include "rpc/front_door.h"
#include "rpc/login_handler.h"
#include "rpc/token_handler.h"
#include "rpc/watch_handler.h"

namespace tokenbroker {

// TokenBrokerService with its messages as bytes (rpc/grpc_call.h says why).
using RawTokenBrokerService = v1::TokenBrokerService::WithRawCallbackMethod_BuildLoginUri<
    v1::TokenBrokerService::WithRawCallbackMethod_ExchangeCode<
        v1::TokenBrokerService::WithRawCallbackMethod_GetFreshToken<
            v1::TokenBrokerService::WithRawCallbackMethod_WatchToken<
                v1::TokenBrokerService::Service>>>>;

// Called by gRPC's threads, which are never blocked here. Only adapts: see the handlers.
class TokenBrokerGrpc : public RawTokenBrokerService {
 public:
  // All must outlive the service and its calls.
  TokenBrokerGrpc(TokenHandler& tokens, LoginHandler& logins, WatchHandler& watches,
                  FrontDoor& door)
      : tokens_(tokens), logins_(logins), watches_(watches), door_(door) {}

  grpc::ServerUnaryReactor* BuildLoginUri(grpc::CallbackServerContext* context,
                                          const grpc::ByteBuffer* request,
                                          grpc::ByteBuffer* response) override;
  grpc::ServerUnaryReactor* ExchangeCode(grpc::CallbackServerContext* context,
                                         const grpc::ByteBuffer* request,
                                         grpc::ByteBuffer* response) override;
  grpc::ServerUnaryReactor* GetFreshToken(grpc::CallbackServerContext* context,
                                          const grpc::ByteBuffer* request,
                                          grpc::ByteBuffer* response) override;
  grpc::ServerWriteReactor<grpc::ByteBuffer>* WatchToken(grpc::CallbackServerContext* context,
                                                         const grpc::ByteBuffer* request) override;

 private:
  TokenHandler& tokens_;
  LoginHandler& logins_;
  WatchHandler& watches_;
  FrontDoor& door_;
};

}  // namespace tokenbroker

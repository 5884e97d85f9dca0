// TokenBrokerService over gRPC.
#pragma once

#include <tokenbroker/v1/token_broker.grpc.pb.h>

#include "rpc/caller_identity.h"
#include "rpc/login_handler.h"
#include "rpc/token_handler.h"

namespace tokenbroker {

// Called by gRPC's threads, which are never blocked here. Only adapts: see the handlers.
class TokenBrokerGrpc : public v1::TokenBrokerService::CallbackService {
 public:
  // All must outlive the service and its calls.
  TokenBrokerGrpc(TokenHandler& tokens, LoginHandler& logins, CallerIdentity& identity,
                  const Clock& clock)
      : tokens_(tokens), logins_(logins), identity_(identity), clock_(clock) {}

  grpc::ServerUnaryReactor* BuildLoginUri(grpc::CallbackServerContext* context,
                                          const v1::BuildLoginUriRequest* request,
                                          v1::BuildLoginUriResponse* response) override;
  grpc::ServerUnaryReactor* ExchangeCode(grpc::CallbackServerContext* context,
                                         const v1::ExchangeCodeRequest* request,
                                         v1::ExchangeCodeResponse* response) override;
  grpc::ServerUnaryReactor* GetFreshToken(grpc::CallbackServerContext* context,
                                          const v1::GetFreshTokenRequest* request,
                                          v1::GetFreshTokenResponse* response) override;
  grpc::ServerWriteReactor<v1::WatchTokenResponse>* WatchToken(
      grpc::CallbackServerContext* context, const v1::WatchTokenRequest* request) override;

 private:
  TokenHandler& tokens_;
  LoginHandler& logins_;
  CallerIdentity& identity_;
  const Clock& clock_;
};

}  // namespace tokenbroker

// A caller of one broker: blocking calls, and what each gave.
#pragma once

#include <absl/time/time.h>
#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>

#include "tests/integration/error_details.h"
#include "tokenbroker/v1/grant_admin.grpc.pb.h"
#include "tokenbroker/v1/token_broker.grpc.pb.h"

namespace tokenbroker {

// A call's result and what it says when it failed.
template <typename Response>
struct Outcome {
  Response response;
  grpc::Status status;
  ErrorDetails error;
  bool ok() const { return status.ok(); }
};

// Any thread. Of one provider and the default tenant. A call waits for a server that does not
// listen yet, until its deadline.
class BrokerClient {
 public:
  // `address`: as the broker says it listens. A server that comes back is found soon.
  explicit BrokerClient(const std::string& address, std::string provider = "sim");

  Outcome<v1::BuildLoginUriResponse> BuildLoginUri(const std::string& subject);
  Outcome<v1::ExchangeCodeResponse> ExchangeCode(const v1::ExchangeCodeRequest& request,
                                                 absl::Duration deadline = absl::Seconds(40));
  Outcome<v1::ExchangeCodeResponse> ExchangeCallback(const std::string& callback_uri,
                                                     absl::Duration deadline = absl::Seconds(40));
  Outcome<v1::GetFreshTokenResponse> GetToken(const v1::GetFreshTokenRequest& request,
                                              absl::Duration deadline = absl::Seconds(30));
  Outcome<v1::GetGrantResponse> GetGrant(const std::string& subject);
  Outcome<v1::RefreshGrantResponse> RefreshGrant(const std::string& subject);
  Outcome<v1::RevokeGrantResponse> RevokeGrant(const std::string& subject);
  Outcome<v1::ImportGrantResponse> ImportGrant(const std::string& subject,
                                               const std::string& refresh_token);

  // Of the provider "sim".
  static v1::GetFreshTokenRequest TokenRequest(const std::string& subject);

 private:
  template <typename Request>
  Request About(const std::string& subject) const;

  const std::string provider_;
  std::unique_ptr<v1::TokenBrokerService::Stub> tokens_;
  std::unique_ptr<v1::GrantAdminService::Stub> admin_;
};

}  // namespace tokenbroker

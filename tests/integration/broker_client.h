// A caller of one broker: blocking calls, and what each gave.
#pragma once

#include <absl/time/time.h>
#include <grpcpp/grpcpp.h>

#include <map>
#include <memory>
#include <string>

#include "tests/integration/error_details.h"
#include "tokenbroker/v1/grant_admin.grpc.pb.h"
#include "tokenbroker/v1/operations.grpc.pb.h"
#include "tokenbroker/v1/provider.grpc.pb.h"
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

// Any thread, once it is set up. Of one provider and the default tenant, on a connection of its
// own. A call waits for a server that does not listen yet, until its deadline.
class BrokerClient {
 public:
  // `address`: as the broker says it listens. A server that comes back is found soon.
  BrokerClient(const std::string& address,
               const std::shared_ptr<grpc::ChannelCredentials>& credentials,
               std::string provider = "sim");

  // Of every call.
  void AddMetadata(const std::string& name, const std::string& value) { metadata_[name] = value; }
  // A call that finds no server, or one that refuses the connection, fails at once.
  void FailWithoutServer() { waits_for_server_ = false; }

  Outcome<v1::BuildLoginUriResponse> BuildLoginUri(const std::string& subject);
  Outcome<v1::BuildLoginUriResponse> BuildLoginUri(const v1::BuildLoginUriRequest& request);
  Outcome<v1::ExchangeCodeResponse> ExchangeCode(const v1::ExchangeCodeRequest& request,
                                                 absl::Duration deadline = absl::Seconds(40));
  Outcome<v1::ExchangeCodeResponse> ExchangeCallback(const std::string& callback_uri,
                                                     absl::Duration deadline = absl::Seconds(40));
  Outcome<v1::GetFreshTokenResponse> GetToken(const v1::GetFreshTokenRequest& request,
                                              absl::Duration deadline = absl::Seconds(30));
  Outcome<v1::GetFreshTokenResponse> GetToken(const std::string& subject) {
    return GetToken(TokenRequest(subject));
  }
  // To be read and finished by the caller; `context` has the deadline.
  std::unique_ptr<grpc::ClientReader<v1::WatchTokenResponse>> WatchToken(
      grpc::ClientContext& context, const v1::WatchTokenRequest& request);
  Outcome<v1::GetGrantResponse> GetGrant(const std::string& subject);
  Outcome<v1::ListGrantsResponse> ListGrants();
  Outcome<v1::RefreshGrantResponse> RefreshGrant(const std::string& subject);
  Outcome<v1::RevokeGrantResponse> RevokeGrant(const std::string& subject);
  Outcome<v1::DeleteGrantResponse> DeleteGrant(const std::string& subject);
  Outcome<v1::ImportGrantResponse> ImportGrant(const std::string& subject,
                                               const std::string& refresh_token);
  Outcome<v1::ListProvidersResponse> ListProviders(const v1::ListProvidersRequest& request = {});
  Outcome<v1::CheckProviderResponse> CheckProvider(const std::string& provider);
  Outcome<v1::GetStatusResponse> GetStatus();
  Outcome<v1::SetLogLevelResponse> SetLogLevel(v1::LogLevel level);

  // Of the provider "sim".
  static v1::GetFreshTokenRequest TokenRequest(const std::string& subject);

 private:
  template <typename Request>
  Request About(const std::string& subject) const;

  template <typename Response, typename Request, typename Stub>
  Outcome<Response> Invoke(Stub& stub,
                           grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                                        Response*),
                           const Request& request, absl::Duration deadline);

  const std::string provider_;
  std::map<std::string, std::string> metadata_;
  bool waits_for_server_ = true;
  std::unique_ptr<v1::TokenBrokerService::Stub> tokens_;
  std::unique_ptr<v1::GrantAdminService::Stub> admin_;
  std::unique_ptr<v1::ProviderService::Stub> providers_;
  std::unique_ptr<v1::OperationsService::Stub> operations_;
};

}  // namespace tokenbroker

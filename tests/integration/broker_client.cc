#include "tests/integration/broker_client.h"

#include <chrono>
#include <utility>

namespace tokenbroker {
namespace {

constexpr absl::Duration kDeadline = absl::Seconds(30);
constexpr int kFirstReconnectMillis = 50;
constexpr int kLongestReconnectMillis = 500;
// For a handshake on a machine that has other things to do.
constexpr int kConnectMillis = 10'000;

}  // namespace

template <typename Response, typename Request, typename Stub>
Outcome<Response> BrokerClient::Invoke(Stub& stub,
                                       grpc::Status (Stub::*method)(grpc::ClientContext*,
                                                                    const Request&, Response*),
                                       const Request& request, absl::Duration deadline) {
  Outcome<Response> outcome;
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + absl::ToChronoMilliseconds(deadline));
  context.set_wait_for_ready(waits_for_server_);
  for (const auto& [name, value] : metadata_) context.AddMetadata(name, value);
  outcome.status = (stub.*method)(&context, request, &outcome.response);
  outcome.error = DetailsOf(context, outcome.status);
  return outcome;
}

template <typename Request>
Request BrokerClient::About(const std::string& subject) const {
  Request request;
  request.set_provider(provider_);
  request.set_subject(subject);
  return request;
}

BrokerClient::BrokerClient(const std::string& address,
                           const std::shared_ptr<grpc::ChannelCredentials>& credentials,
                           std::string provider)
    : provider_(std::move(provider)) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, kFirstReconnectMillis);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, kConnectMillis);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, kLongestReconnectMillis);
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  const auto channel = grpc::CreateCustomChannel(address, credentials, arguments);
  tokens_ = v1::TokenBrokerService::NewStub(channel);
  admin_ = v1::GrantAdminService::NewStub(channel);
  providers_ = v1::ProviderService::NewStub(channel);
  operations_ = v1::OperationsService::NewStub(channel);
}

Outcome<v1::BuildLoginUriResponse> BrokerClient::BuildLoginUri(const std::string& subject) {
  auto request = About<v1::BuildLoginUriRequest>(subject);
  request.set_caller_context("what the caller was doing");
  return BuildLoginUri(request);
}

Outcome<v1::BuildLoginUriResponse> BrokerClient::BuildLoginUri(
    const v1::BuildLoginUriRequest& request) {
  return Invoke(*tokens_, &v1::TokenBrokerService::Stub::BuildLoginUri, request, kDeadline);
}

Outcome<v1::ExchangeCodeResponse> BrokerClient::ExchangeCode(const v1::ExchangeCodeRequest& request,
                                                             absl::Duration deadline) {
  return Invoke(*tokens_, &v1::TokenBrokerService::Stub::ExchangeCode, request, deadline);
}

Outcome<v1::ExchangeCodeResponse> BrokerClient::ExchangeCallback(const std::string& callback_uri,
                                                                 absl::Duration deadline) {
  v1::ExchangeCodeRequest request;
  request.set_callback_uri(callback_uri);
  return ExchangeCode(request, deadline);
}

Outcome<v1::GetFreshTokenResponse> BrokerClient::GetToken(const v1::GetFreshTokenRequest& request,
                                                          absl::Duration deadline) {
  return Invoke(*tokens_, &v1::TokenBrokerService::Stub::GetFreshToken, request, deadline);
}

std::unique_ptr<grpc::ClientReader<v1::WatchTokenResponse>> BrokerClient::WatchToken(
    grpc::ClientContext& context, const v1::WatchTokenRequest& request) {
  context.set_wait_for_ready(waits_for_server_);
  for (const auto& [name, value] : metadata_) context.AddMetadata(name, value);
  return tokens_->WatchToken(&context, request);
}

Outcome<v1::GetGrantResponse> BrokerClient::GetGrant(const std::string& subject) {
  return Invoke(*admin_, &v1::GrantAdminService::Stub::GetGrant,
                About<v1::GetGrantRequest>(subject), kDeadline);
}

Outcome<v1::ListGrantsResponse> BrokerClient::ListGrants() {
  v1::ListGrantsRequest request;
  request.set_provider(provider_);
  return Invoke(*admin_, &v1::GrantAdminService::Stub::ListGrants, request, kDeadline);
}

Outcome<v1::RefreshGrantResponse> BrokerClient::RefreshGrant(const std::string& subject) {
  return Invoke(*admin_, &v1::GrantAdminService::Stub::RefreshGrant,
                About<v1::RefreshGrantRequest>(subject), kDeadline);
}

Outcome<v1::RevokeGrantResponse> BrokerClient::RevokeGrant(const std::string& subject) {
  return Invoke(*admin_, &v1::GrantAdminService::Stub::RevokeGrant,
                About<v1::RevokeGrantRequest>(subject), kDeadline);
}

Outcome<v1::DeleteGrantResponse> BrokerClient::DeleteGrant(const std::string& subject) {
  return Invoke(*admin_, &v1::GrantAdminService::Stub::DeleteGrant,
                About<v1::DeleteGrantRequest>(subject), kDeadline);
}

Outcome<v1::ImportGrantResponse> BrokerClient::ImportGrant(const std::string& subject,
                                                           const std::string& refresh_token) {
  auto request = About<v1::ImportGrantRequest>(subject);
  request.set_refresh_token(refresh_token);
  return Invoke(*admin_, &v1::GrantAdminService::Stub::ImportGrant, request, kDeadline);
}

Outcome<v1::ListProvidersResponse> BrokerClient::ListProviders(
    const v1::ListProvidersRequest& request) {
  return Invoke(*providers_, &v1::ProviderService::Stub::ListProviders, request, kDeadline);
}

Outcome<v1::CheckProviderResponse> BrokerClient::CheckProvider(const std::string& provider) {
  v1::CheckProviderRequest request;
  request.set_provider(provider);
  return Invoke(*providers_, &v1::ProviderService::Stub::CheckProvider, request, kDeadline);
}

Outcome<v1::GetStatusResponse> BrokerClient::GetStatus() {
  return Invoke(*operations_, &v1::OperationsService::Stub::GetStatus, v1::GetStatusRequest(),
                kDeadline);
}

Outcome<v1::SetLogLevelResponse> BrokerClient::SetLogLevel(v1::LogLevel level) {
  v1::SetLogLevelRequest request;
  request.set_level(level);
  return Invoke(*operations_, &v1::OperationsService::Stub::SetLogLevel, request, kDeadline);
}

v1::GetFreshTokenRequest BrokerClient::TokenRequest(const std::string& subject) {
  v1::GetFreshTokenRequest request;
  request.set_provider("sim");
  request.set_subject(subject);
  return request;
}

}  // namespace tokenbroker

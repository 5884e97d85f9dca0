// The broker itself, as an operator starts it: between a simulated provider and gRPC clients, over
// mutual TLS, and under a policy.
#pragma once

#include <absl/strings/string_view.h>
#include <absl/time/time.h>
#include <absl/types/optional.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/integration/broker_client.h"
#include "tests/integration/caller_credentials.h"
#include "tests/provider_simulator/simulator.h"
#include "tests/support/child_process.h"
#include "tests/support/mounted_secret.h"
#include "tests/support/stop_event.h"
#include "tests/support/temp_folder.h"
#include "tests/support/test_authority.h"

namespace tokenbroker {

class BrokerProcessTest : public ::testing::Test {
 protected:
  using FreshToken = v1::GetFreshTokenResponse;

  BrokerProcessTest();
  ~BrokerProcessTest() override;

  provider_simulator::SimulatedProvider& provider() { return simulator_->provider(); }

  // The provider's keys beside its issuer and client, as YAML lines; before Start().
  void SetProviderYaml(std::string yaml) { provider_yaml_ = std::move(yaml); }
  void SetDrainTimeout(std::string text) { drain_timeout_ = std::move(text); }
  // Further keys of `server`, of `server.tls` and of the whole file, as YAML lines; before Start().
  void AddServerYaml(const std::string& yaml) { server_yaml_ += yaml; }
  void AddTlsYaml(const std::string& yaml) { tls_yaml_ += yaml; }
  void AddYaml(const std::string& yaml) { yaml_ += yaml; }
  // At any time; kPlayerPolicy at first.
  void WritePolicy(const std::string& yaml) { folder_.Write("policy.yaml", yaml); }
  // Writes the configuration and starts the program; waits until it listens.
  void Start();
  // SIGTERM; the exit code.
  int Terminate();
  ChildProcess& process() { return *process_; }
  TempFolder& folder() { return folder_; }
  const std::string& grpc_address() const { return grpc_address_; }
  void WriteClientSecret(const std::string& secret);

  // Issues the broker's certificate and the callers'.
  TestAuthority& authority() { return authority_; }
  // The broker's files: tls.crt, tls.key and ca.crt.
  MountedSecret& tls_files() { return tls_files_; }
  // What they are for a certificate of `issuer`; the callers' authority stays.
  std::map<std::string, std::string> NewServerFiles(const TestAuthority& issuer) const;

  // A caller with a certificate for the SPIFFE ID, beside the player that the calls below are of.
  std::unique_ptr<BrokerClient> CallerNamed(const std::string& spiffe_id) {
    return CallerWith(CredentialsOf(authority_, spiffe_id));
  }
  std::unique_ptr<BrokerClient> CallerWith(
      const std::shared_ptr<grpc::ChannelCredentials>& credentials) {
    return std::make_unique<BrokerClient>(grpc_address_, credentials);
  }
  BrokerClient& player() { return *client_; }

  // The value of a metric, labels included in its name; "absent" when there is none.
  std::string MetricNow(const std::string& name) const;

  template <typename Response>
  using Outcome = tokenbroker::Outcome<Response>;

  Outcome<v1::BuildLoginUriResponse> BuildLoginUri(const std::string& subject) {
    return client_->BuildLoginUri(subject);
  }
  Outcome<v1::ExchangeCodeResponse> ExchangeCode(const v1::ExchangeCodeRequest& request,
                                                 absl::Duration deadline = absl::Seconds(40)) {
    return client_->ExchangeCode(request, deadline);
  }
  Outcome<v1::ExchangeCodeResponse> ExchangeCallback(const std::string& callback_uri,
                                                     absl::Duration deadline = absl::Seconds(40)) {
    return client_->ExchangeCallback(callback_uri, deadline);
  }
  Outcome<FreshToken> GetToken(const v1::GetFreshTokenRequest& request,
                               absl::Duration deadline = absl::Seconds(30)) {
    return client_->GetToken(request, deadline);
  }
  Outcome<FreshToken> GetToken(const std::string& subject = "user-42") {
    return GetToken(TokenRequest(subject));
  }
  static v1::GetFreshTokenRequest TokenRequest(const std::string& subject = "user-42") {
    return BrokerClient::TokenRequest(subject);
  }

  // The callback that the browser of `user` comes back with.
  std::string Approve(const std::string& login_uri, const std::string& user = "alice");
  // A whole login; the stored grant.
  v1::ExchangeCodeResponse LogIn(const std::string& subject = "user-42",
                                 const std::string& user = "alice");
  // Asks until the answer's generation is above `generation`, for at most a minute.
  FreshToken WaitForGeneration(int64_t generation);

 private:
  std::string Yaml() const;

  TempFolder folder_;
  std::unique_ptr<provider_simulator::Simulator> simulator_;
  std::string provider_yaml_;
  std::string drain_timeout_ = "20s";
  std::string server_yaml_;
  std::string tls_yaml_;
  std::string yaml_;
  TestAuthority authority_;
  MountedSecret tls_files_;
  std::unique_ptr<ChildProcess> process_;
  std::string grpc_address_;
  std::string admin_address_;
  std::unique_ptr<BrokerClient> client_;
};

}  // namespace tokenbroker

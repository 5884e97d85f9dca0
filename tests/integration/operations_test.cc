// ProviderService and OperationsService of the real broker, against a provider in several states.
#include <fstream>

#include "tests/integration/broker_process.h"

namespace tokenbroker {
namespace {

using ::testing::HasSubstr;

using Check = v1::CheckProviderResponse::Check;

constexpr char kOperator[] = "spiffe://test.example/ns/music/sa/operator";
constexpr char kReader[] = "spiffe://test.example/ns/music/sa/reader";

constexpr char kOperatorPolicy[] =
    "  - name: operators\n"
    "    callers: [ \"spiffe://test.example/ns/music/sa/operator\" ]\n"
    "    rpcs: [ ListProviders, CheckProvider, GetStatus, SetLogLevel ]\n"
    "    providers: [ \"*\" ]\n"
    "  - name: readers\n"
    "    callers: [ \"spiffe://test.example/ns/music/sa/reader\" ]\n"
    "    rpcs: [ ListProviders ]\n"
    "    providers: [ sim ]\n";

class OperationsTest : public BrokerProcessTest {
 protected:
  OperationsTest() {
    WritePolicy(std::string(kPlayerPolicy) + kOperatorPolicy);
    SetProviderYaml("    scopes: [ openid ]\n" +
                    Provider("dead",
                             "    authorization_endpoint: \"http://127.0.0.1:1/authorize\"\n"
                             "    token_endpoint: \"http://127.0.0.1:1/token\"\n") +
                    Provider("misnamed", "    issuer: \"http://localhost:" + Port() + "\"\n"));
  }

  // Where the simulated provider listens.
  std::string Port() {
    const std::string issuer = provider().issuer();
    return issuer.substr(issuer.rfind(':') + 1);
  }
  std::string Provider(const std::string& name, const std::string& yaml) {
    return "  " + name + ":\n" + yaml +
           "    client_id: client\n    client_secret_file: " + folder().Path("client_secret") +
           "\n    redirect_uris: [ \"https://app.example.com/callback\" ]\n";
  }
  void StartForOperator() {
    Start();
    operator_ = CallerNamed(kOperator);
  }
  // "PASSED SKIPPED PASSED PASSED", of discovery, tls, token_endpoint and client_authentication.
  std::string ChecksOf(const std::string& name) {
    const auto found = operator_->CheckProvider(name);
    EXPECT_TRUE(found.ok()) << found.status.error_message();
    return Told(found.response);
  }
  std::string Told(const v1::CheckProviderResponse& response) {
    std::string results;
    details_.clear();
    for (const Check& check : response.checks()) {
      results += (results.empty() ? "" : " ") + Check::Result_Name(check.result()).substr(7);
      details_ += check.name() + ": " + check.detail() + "\n";
    }
    return results;
  }

  // The same, once the provider may be asked again; "" until then.
  std::string ChecksAgain(const std::string& name) {
    const auto found = operator_->CheckProvider(name);
    return found.error.reason == "QUOTA_EXCEEDED" ? "" : Told(found.response);
  }

  std::unique_ptr<BrokerClient> operator_;
  std::string details_;
};

TEST_F(OperationsTest, AGoodProviderPassesAndNoGrantNoticesIt) {
  StartForOperator();
  const auto login = LogIn();
  EXPECT_EQ(ChecksOf("sim"), "PASSED SKIPPED PASSED PASSED") << details_;
  const auto token = GetToken();
  ASSERT_TRUE(token.ok());
  EXPECT_EQ(token.response.token().generation(), login.token().generation());
  for (const auto& grant : provider().grants()) EXPECT_EQ(grant.revoked_because, "");
}

TEST_F(OperationsTest, AWrongSecretIsFoundAndFreezesNothing) {
  StartForOperator();
  LogIn();
  WriteClientSecret("wrong");
  EXPECT_TRUE(Eventually(
      [this] { return process().Output().find("config_reloaded") != std::string::npos; }));
  EXPECT_EQ(ChecksOf("sim"), "PASSED SKIPPED PASSED FAILED") << details_;
  EXPECT_THAT(details_, HasSubstr("invalid_client"));
  const auto listed = operator_->ListProviders();
  for (const v1::Provider& p : listed.response.providers()) {
    EXPECT_EQ(p.state(), v1::Provider::STATE_ACTIVE) << p.name();
  }
  EXPECT_NE(MetricNow("tokenbroker_provider_frozen{provider=\"sim\"}"), "1");
  WriteClientSecret("secret");
  EXPECT_TRUE(Eventually([this] { return ChecksAgain("sim") == "PASSED SKIPPED PASSED PASSED"; }))
      << details_;
}

TEST_F(OperationsTest, ADeadEndpointAndAWrongIssuerAreToldApart) {
  StartForOperator();
  EXPECT_EQ(ChecksOf("dead"), "SKIPPED SKIPPED FAILED SKIPPED") << details_;
  EXPECT_THAT(details_, HasSubstr("connection"));
  EXPECT_EQ(ChecksOf("misnamed"), "FAILED SKIPPED SKIPPED SKIPPED") << details_;
  EXPECT_THAT(details_, HasSubstr("another issuer"));
  EXPECT_EQ(operator_->CheckProvider("nobody").error.reason, "PROVIDER_UNKNOWN");
}

TEST_F(OperationsTest, ACertificateForAnotherNameIsNamed) {
  StartForOperator();
  // The broker's own listener has a certificate for 127.0.0.1 alone.
  const std::string port = grpc_address().substr(grpc_address().rfind(':') + 1);
  const std::string url = "https://localhost:" + port;
  std::ofstream config(folder().Path("config.yaml"), std::ios::app);
  config << Provider("misplaced", "    authorization_endpoint: \"" + url +
                                      "/authorize\"\n    token_endpoint: \"" + url +
                                      "/token\"\n    ca_file: " + authority().ca_file() + "\n");
  config.close();
  EXPECT_TRUE(Eventually([this] { return operator_->CheckProvider("misplaced").ok(); }));
  EXPECT_TRUE(Eventually([this] {
    return ChecksAgain("misplaced") == "SKIPPED FAILED SKIPPED SKIPPED";
  })) << details_;
  EXPECT_THAT(details_, HasSubstr("certificate_name"));
}

TEST_F(OperationsTest, AProviderIsNotHammered) {
  StartForOperator();
  ChecksOf("dead");
  const auto again = operator_->CheckProvider("dead");
  EXPECT_EQ(again.error.reason, "QUOTA_EXCEEDED");
  EXPECT_EQ(again.status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
}

TEST_F(OperationsTest, EverybodySeesTheProvidersThatTheRulesCover) {
  StartForOperator();
  v1::ListProvidersRequest request;
  request.set_page_size(2);
  auto page = operator_->ListProviders(request);
  ASSERT_TRUE(page.ok()) << page.status.error_message();
  ASSERT_EQ(page.response.providers_size(), 2);
  EXPECT_EQ(page.response.providers(0).name(), "dead");
  EXPECT_EQ(page.response.providers(1).name(), "misnamed");
  EXPECT_EQ(page.response.providers(1).token_endpoint(), "");
  request.set_page_token(page.response.next_page_token());
  page = operator_->ListProviders(request);
  ASSERT_EQ(page.response.providers_size(), 1);
  EXPECT_EQ(page.response.providers(0).name(), "sim");
  EXPECT_EQ(page.response.next_page_token(), "");

  const auto reader = CallerNamed(kReader);
  const auto seen = reader->ListProviders();
  ASSERT_EQ(seen.response.providers_size(), 1);
  EXPECT_EQ(seen.response.providers(0).name(), "sim");
  EXPECT_EQ(reader->CheckProvider("sim").error.reason, "CALLER_NOT_ALLOWED");
  EXPECT_EQ(reader->GetStatus().error.reason, "CALLER_NOT_ALLOWED");
  EXPECT_EQ(player().ListProviders().error.reason, "CALLER_NOT_ALLOWED");
}

TEST_F(OperationsTest, TheStatusIsThatOfTheReplica) {
  StartForOperator();
  LogIn();
  auto status = operator_->GetStatus();
  ASSERT_TRUE(status.ok()) << status.status.error_message();
  EXPECT_FALSE(status.response.version().empty());
  EXPECT_TRUE(status.response.serving());
  EXPECT_TRUE(status.response.store_reachable());
  EXPECT_EQ(status.response.cached_grant_count(), 1);
  EXPECT_EQ(status.response.config_error(), "");
  EXPECT_EQ(status.response.providers_size(), 3);
  EXPECT_LE(status.response.start_time().seconds(), absl::ToUnixSeconds(absl::Now()));
  WritePolicy("nonsense: 1\n");
  EXPECT_TRUE(Eventually([&] {
    status = operator_->GetStatus();
    return !status.response.config_error().empty();
  }));
  EXPECT_THAT(status.response.config_error(), HasSubstr("policy.yaml"));
}

TEST_F(OperationsTest, TheLogLevelChangesAndTheAuditTrailSaysWho) {
  StartForOperator();
  EXPECT_EQ(operator_->SetLogLevel(v1::LOG_LEVEL_DEBUG).response.previous_level(),
            v1::LOG_LEVEL_INFO);
  EXPECT_EQ(operator_->GetStatus().response.log_level(), v1::LOG_LEVEL_DEBUG);
  EXPECT_EQ(operator_->SetLogLevel(v1::LOG_LEVEL_UNSPECIFIED).error.reason, "FIELD_INVALID");
  EXPECT_EQ(player().SetLogLevel(v1::LOG_LEVEL_DEBUG).error.reason, "CALLER_NOT_ALLOWED");
  ChecksOf("dead");
  EXPECT_EQ(Terminate(), 0);
  const std::string output = process().Output();
  EXPECT_THAT(output, HasSubstr("\"event\":\"log_level_changed\""));
  EXPECT_THAT(output,
              HasSubstr("\"rpc\":\"SetLogLevel\",\"log_level\":\"debug\",\"outcome\":\"OK\","
                        "\"rule\":\"operators\""));
  EXPECT_THAT(output,
              HasSubstr("\"rpc\":\"CheckProvider\",\"provider\":\"dead\",\"outcome\":\"OK\","
                        "\"rule\":\"operators\""));
}

}  // namespace
}  // namespace tokenbroker

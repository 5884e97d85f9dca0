#include "tests/integration/broker_process.h"

#include <signal.h>

#include <chrono>
#include <thread>

#include "tests/provider_simulator/loopback_client.h"

namespace tokenbroker {
namespace {

constexpr absl::Duration kPollPause = absl::Milliseconds(50);
constexpr int kPolls = 1200;

}  // namespace

BrokerProcessTest::BrokerProcessTest()
    : simulator_(provider_simulator::Simulator::Start().value()) {
  WriteClientSecret("secret");
  WritePolicy(kPlayerPolicy);
  tls_files_.Put(NewServerFiles(authority_));
}

BrokerProcessTest::~BrokerProcessTest() {
  if (process_ != nullptr && HasFailure()) std::cerr << process_->Output();
}

void BrokerProcessTest::WriteClientSecret(const std::string& secret) {
  folder_.Write("client_secret", secret + "\n");
}

std::string BrokerProcessTest::Yaml() const {
  return "server:\n"
         "  listen: \"127.0.0.1:0\"\n"
         "  drain_timeout: " +
         drain_timeout_ +
         "\n"
         "  tls:\n"
         "    certificate_file: " +
         tls_files_.Path("tls.crt") +
         "\n"
         "    key_file: " +
         tls_files_.Path("tls.key") +
         "\n"
         "    client_ca_file: " +
         tls_files_.Path("ca.crt") + "\n" + tls_yaml_ + server_yaml_ +
         "admin: { listen: \"127.0.0.1:0\" }\n"
         "store: { memory: {} }\n"
         "policy_file: policy.yaml\n" +
         yaml_ +
         "providers:\n"
         "  sim:\n"
         "    issuer: " +
         simulator_->provider().issuer() +
         "\n"
         "    client_id: client\n"
         "    client_secret_file: " +
         folder_.Path("client_secret") +
         "\n"
         "    redirect_uris: [ \"https://app.example.com/callback\" ]\n" +
         provider_yaml_;
}

std::map<std::string, std::string> BrokerProcessTest::NewServerFiles(
    const TestAuthority& issuer) const {
  const TestAuthority::Files files = issuer.Issue("IP:127.0.0.1");
  return {{"tls.crt", TestAuthority::Text(files.certificate)},
          {"tls.key", TestAuthority::Text(files.key)},
          {"ca.crt", TestAuthority::Text(authority_.ca_file())}};
}

void BrokerProcessTest::Start() {
  const std::string file = folder_.Write("config.yaml", Yaml());
  process_ = std::make_unique<ChildProcess>(
      std::vector<std::string>{TOKEN_BROKER_PROGRAM, "--config", file});
  grpc_address_ = LogFieldOf(process_->WaitForLine("\"name\":\"grpc\""), "address");
  ASSERT_FALSE(grpc_address_.empty()) << process_->Output();
  admin_address_ = LogFieldOf(process_->WaitForLine("\"name\":\"admin\""), "address");
  client_ = CallerNamed(kPlayer);
}

std::string BrokerProcessTest::MetricNow(const std::string& name) const {
  provider_simulator::LoopbackClient admin(admin_address_);
  const auto answer = admin.Get("/metrics");
  if (!answer.ok()) return std::string(answer.status().message());
  const std::string text = "\n" + answer->body;
  const size_t at = text.find("\n" + name + " ");
  if (at == std::string::npos) return "absent";
  const size_t value = at + name.size() + 2;
  return text.substr(value, text.find('\n', value) - value);
}

int BrokerProcessTest::Terminate() { return process_->Stop(SIGTERM); }

std::string BrokerProcessTest::Approve(const std::string& login_uri, const std::string& user) {
  return provider().Approve(login_uri, user).value();
}

v1::ExchangeCodeResponse BrokerProcessTest::LogIn(const std::string& subject,
                                                  const std::string& user) {
  const auto built = BuildLoginUri(subject);
  EXPECT_TRUE(built.ok()) << built.status.error_message();
  const auto exchanged = ExchangeCallback(Approve(built.response.login_uri(), user));
  EXPECT_TRUE(exchanged.ok()) << exchanged.status.error_message();
  return exchanged.response;
}

v1::GetFreshTokenResponse BrokerProcessTest::WaitForGeneration(int64_t generation) {
  for (int i = 0; i < kPolls; ++i) {
    const auto answer = GetToken();
    if (answer.ok() && answer.response.token().generation() > generation) return answer.response;
    std::this_thread::sleep_for(absl::ToChronoMilliseconds(kPollPause));
  }
  ADD_FAILURE() << "no generation above " << generation;
  return FreshToken();
}

}  // namespace tokenbroker

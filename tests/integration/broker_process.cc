#include "tests/integration/broker_process.h"

#include <signal.h>

#include <chrono>
#include <thread>

namespace tokenbroker {
namespace {

constexpr absl::Duration kPollPause = absl::Milliseconds(50);
constexpr int kPolls = 1200;

}  // namespace

BrokerProcessTest::BrokerProcessTest()
    : simulator_(provider_simulator::Simulator::Start().value()) {
  WriteClientSecret("secret");
}

BrokerProcessTest::~BrokerProcessTest() {
  if (process_ != nullptr && HasFailure()) std::cerr << process_->Output();
}

void BrokerProcessTest::WriteClientSecret(const std::string& secret) {
  folder_.Write("client_secret", secret + "\n");
}

std::string BrokerProcessTest::Yaml() const {
  return "server: { listen: \"127.0.0.1:0\", drain_timeout: " + drain_timeout_ +
         " }\n"
         "admin: { listen: \"127.0.0.1:0\" }\n"
         "store: { memory: {} }\n"
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

void BrokerProcessTest::Start() {
  const std::string file = folder_.Write("config.yaml", Yaml());
  process_ = std::make_unique<ChildProcess>(
      std::vector<std::string>{TOKEN_BROKER_PROGRAM, "--config", file});
  grpc_address_ = LogFieldOf(process_->WaitForLine("\"name\":\"grpc\""), "address");
  ASSERT_FALSE(grpc_address_.empty()) << process_->Output();
  client_ = std::make_unique<BrokerClient>(grpc_address_);
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

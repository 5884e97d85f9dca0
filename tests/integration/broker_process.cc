#include "tests/integration/broker_process.h"

#include <signal.h>

#include <chrono>
#include <thread>

namespace tokenbroker {
namespace {

constexpr absl::Duration kPollPause = absl::Milliseconds(50);
constexpr int kPolls = 1200;

template <typename Response, typename Call>
void Invoke(absl::Duration deadline, Call call, Response* outcome) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + absl::ToChronoMilliseconds(deadline));
  context.set_wait_for_ready(true);
  outcome->status = call(&context, &outcome->response);
  outcome->error = DetailsOf(context, outcome->status);
}

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
  stub_ = Service::NewStub(grpc::CreateChannel(grpc_address_, grpc::InsecureChannelCredentials()));
}

int BrokerProcessTest::Terminate() { return process_->Stop(SIGTERM); }

BrokerProcessTest::Outcome<v1::BuildLoginUriResponse> BrokerProcessTest::BuildLoginUri(
    const std::string& subject) {
  v1::BuildLoginUriRequest request;
  request.set_provider("sim");
  request.set_subject(subject);
  request.set_caller_context("what the caller was doing");
  Outcome<v1::BuildLoginUriResponse> outcome;
  Invoke(
      absl::Seconds(30),
      [&](auto* context, auto* response) {
        return stub_->BuildLoginUri(context, request, response);
      },
      &outcome);
  return outcome;
}

BrokerProcessTest::Outcome<v1::ExchangeCodeResponse> BrokerProcessTest::ExchangeCode(
    const v1::ExchangeCodeRequest& request, absl::Duration deadline) {
  Outcome<v1::ExchangeCodeResponse> outcome;
  Invoke(
      deadline,
      [&](auto* context, auto* response) {
        return stub_->ExchangeCode(context, request, response);
      },
      &outcome);
  return outcome;
}

BrokerProcessTest::Outcome<v1::ExchangeCodeResponse> BrokerProcessTest::ExchangeCallback(
    const std::string& callback_uri, absl::Duration deadline) {
  v1::ExchangeCodeRequest request;
  request.set_callback_uri(callback_uri);
  return ExchangeCode(request, deadline);
}

v1::GetFreshTokenRequest BrokerProcessTest::TokenRequest(const std::string& subject) {
  v1::GetFreshTokenRequest request;
  request.set_provider("sim");
  request.set_subject(subject);
  return request;
}

BrokerProcessTest::Outcome<v1::GetFreshTokenResponse> BrokerProcessTest::GetToken(
    const v1::GetFreshTokenRequest& request, absl::Duration deadline) {
  Outcome<v1::GetFreshTokenResponse> outcome;
  Invoke(
      deadline,
      [&](auto* context, auto* response) {
        return stub_->GetFreshToken(context, request, response);
      },
      &outcome);
  return outcome;
}

BrokerProcessTest::Outcome<v1::GetFreshTokenResponse> BrokerProcessTest::GetToken(
    const std::string& subject) {
  return GetToken(TokenRequest(subject));
}

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

// Logins through the whole program, with everything that goes wrong with them.
#include <future>
#include <thread>

#include "tests/integration/broker_process.h"

namespace tokenbroker {
namespace {

using provider_simulator::Endpoint;
using provider_simulator::IdToken;
using provider_simulator::IssField;
using provider_simulator::RefreshTokenField;
using provider_simulator::Settings;

class LoginsTest : public BrokerProcessTest {
 protected:
  void StartWithOpenId() {
    SetProviderYaml("    scopes: [ openid, read ]\n");
    Start();
  }
  std::string NewCallback(const std::string& user = "alice") {
    const auto built = BuildLoginUri("user-42");
    EXPECT_TRUE(built.ok()) << built.status.error_message();
    return Approve(built.response.login_uri(), user);
  }
};

TEST_F(LoginsTest, KnowsWhoLoggedIn) {
  StartWithOpenId();
  const v1::ExchangeCodeResponse login = LogIn();
  EXPECT_EQ(login.grant().account().issuer(), provider().issuer());
  EXPECT_EQ(login.grant().account().id(), "account-alice");
  EXPECT_TRUE(login.grant().refreshable());
}

TEST_F(LoginsTest, AnUnknownStateIsNotFound) {
  Start();
  const auto answer = ExchangeCallback("https://app.example.com/callback?code=x&state=unknown");
  EXPECT_EQ(answer.status.error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(answer.error.reason, "LOGIN_NOT_FOUND");
}

TEST_F(LoginsTest, TheSameCallbackTwiceIsOneExchangeAndOneAnswer) {
  Start();
  const std::string callback = NewCallback();
  const auto first = ExchangeCallback(callback);
  const auto second = ExchangeCallback(callback);
  ASSERT_TRUE(first.ok() && second.ok());
  EXPECT_EQ(first.response.grant().generation(), second.response.grant().generation());
  EXPECT_EQ(provider().counters().GrantType("authorization_code"), 1u);
}

TEST_F(LoginsTest, TheSameCallbackTwiceAtOnceIsOneExchange) {
  provider().Configure([](Settings& s) { s.latency[Endpoint::kToken] = absl::Milliseconds(500); });
  Start();
  const std::string callback = NewCallback();
  auto other = std::async(std::launch::async, [&] { return ExchangeCallback(callback); });
  const auto first = ExchangeCallback(callback);
  EXPECT_TRUE(first.ok()) << first.status.error_message();
  EXPECT_TRUE(other.get().ok());
  EXPECT_EQ(provider().counters().GrantType("authorization_code"), 1u);
}

TEST_F(LoginsTest, AStateThatWasUsedWithAnotherCodeIsRefused) {
  Start();
  const auto built = BuildLoginUri("user-42");
  v1::ExchangeCodeRequest request;
  request.set_callback_uri(Approve(built.response.login_uri()));
  ASSERT_TRUE(ExchangeCode(request).ok());
  v1::ExchangeCodeRequest other;
  other.set_state(built.response.state());
  other.set_code("another-code");
  other.set_issuer(provider().issuer());
  EXPECT_EQ(ExchangeCode(other).error.reason, "LOGIN_ALREADY_USED");
}

TEST_F(LoginsTest, AnotherBrowsersStateIsRefusedBeforeTheProviderIsAsked) {
  Start();
  v1::ExchangeCodeRequest request;
  request.set_callback_uri(NewCallback());
  request.set_browser_state("the state of another browser");
  const auto refused = ExchangeCode(request);
  EXPECT_EQ(refused.error.reason, "LOGIN_NOT_BOUND");
  EXPECT_EQ(provider().counters().GrantType("authorization_code"), 0u);
  request.clear_browser_state();
  request.set_subject("user-42");
  EXPECT_TRUE(ExchangeCode(request).ok()) << "nothing was consumed";
}

TEST_F(LoginsTest, AnotherAccountDoesNotTakeOverTheGrant) {
  StartWithOpenId();
  const int64_t generation = LogIn("user-42", "alice").grant().generation();
  const auto refused = ExchangeCallback(NewCallback("bob"));
  EXPECT_EQ(refused.error.reason, "ACCOUNT_MISMATCH");
  EXPECT_EQ(GetToken().response.token().generation(), generation);
}

TEST_F(LoginsTest, ALoginWithoutRefreshTokenKeepsTheOldOneOfTheSameAccount) {
  StartWithOpenId();
  LogIn();
  provider().Configure([](Settings& s) { s.refresh_token_at_login = RefreshTokenField::kAbsent; });
  EXPECT_TRUE(LogIn().grant().refreshable());
}

TEST_F(LoginsTest, AWrongNonceStoresNothing) {
  StartWithOpenId();
  provider().Configure([](Settings& s) { s.id_token = IdToken::kWrongNonce; });
  EXPECT_EQ(ExchangeCallback(NewCallback()).error.reason, "ID_TOKEN_INVALID");
  EXPECT_EQ(GetToken().error.reason, "GRANT_NOT_FOUND");
}

TEST_F(LoginsTest, AWrongOrMissingIssuerIsAMixUp) {
  Start();
  for (const IssField iss : {IssField::kWrong, IssField::kMissing}) {
    provider().Configure([iss](Settings& s) { s.iss = iss; });
    EXPECT_EQ(ExchangeCallback(NewCallback()).error.reason, "ISSUER_MISMATCH");
  }
  EXPECT_EQ(provider().counters().GrantType("authorization_code"), 0u);
}

TEST_F(LoginsTest, AUserWhoSaysNoIsNobodysFault) {
  provider().Configure([](Settings& s) { s.authorize_error = "access_denied"; });
  Start();
  const auto answer = ExchangeCallback(NewCallback());
  EXPECT_EQ(answer.error.reason, "LOGIN_DENIED");
  EXPECT_EQ(answer.error.metadata.at("caller_context"), "d2hhdCB0aGUgY2FsbGVyIHdhcyBkb2luZw")
      << "base64url";
}

TEST_F(LoginsTest, ACodeThatIsRefusedIsNotPresentedAgain) {
  Start();
  const std::string callback = NewCallback();
  provider().AddFault(Endpoint::kToken, provider_simulator::ErrorFault(400, "invalid_grant"));
  EXPECT_EQ(ExchangeCallback(callback).error.reason, "CODE_REJECTED");
  EXPECT_EQ(ExchangeCallback(callback).error.reason, "CODE_REJECTED");
  EXPECT_EQ(provider().counters().GrantType("authorization_code"), 1u);
}

TEST_F(LoginsTest, ALostAnswerToACodeIsFinal) {
  Start();
  const std::string callback = NewCallback();
  provider().AddFault(Endpoint::kToken, provider_simulator::LostResponseFault());
  EXPECT_FALSE(ExchangeCallback(callback).ok());
  EXPECT_FALSE(ExchangeCallback(callback).ok());
  EXPECT_EQ(provider().counters().GrantType("authorization_code"), 1u);
}

TEST_F(LoginsTest, SubjectsHaveLimitsThatAreNamed) {
  Start();
  for (const std::string& subject : {std::string(), std::string(10'000, 'x')}) {
    const auto answer = BuildLoginUri(subject);
    EXPECT_EQ(answer.status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
    EXPECT_EQ(answer.error.reason, "FIELD_INVALID");
    EXPECT_EQ(answer.status.error_message().find("subject"), 0u) << answer.status.error_message();
  }
  EXPECT_TRUE(BuildLoginUri(std::string(256, 'x')).ok());
  EXPECT_FALSE(BuildLoginUri(std::string(257, 'x')).ok());
}

}  // namespace
}  // namespace tokenbroker

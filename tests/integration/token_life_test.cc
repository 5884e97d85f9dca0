// A token's life through the whole program: login, hit, refresh, revocation, shutdown.
#include <google/protobuf/util/time_util.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "tests/integration/broker_process.h"

namespace tokenbroker {
namespace {

using google::protobuf::util::TimeUtil;
using provider_simulator::Endpoint;
using provider_simulator::Settings;

class TokenLifeTest : public BrokerProcessTest {
 protected:
  // A token that lives a second may be refreshed when it is a tenth of that old.
  static void LetTheTokenAge() { std::this_thread::sleep_for(std::chrono::milliseconds(150)); }
  void SetTokenLifetime(absl::Duration life) {
    provider().Configure([life](Settings& s) { s.access_token_lifetime = life; });
  }
};

TEST_F(TokenLifeTest, ALoginIsServedFromMemoryAndThenRefreshedBehindTheCallersBack) {
  SetTokenLifetime(absl::Seconds(4));
  Start();
  const v1::ExchangeCodeResponse login = LogIn();
  EXPECT_EQ(login.grant().state(), v1::GRANT_STATE_ACTIVE);
  EXPECT_EQ(login.caller_context(), "what the caller was doing");
  const auto hit = GetToken();
  EXPECT_EQ(hit.response.source(), FreshToken::SOURCE_CACHE);
  EXPECT_EQ(hit.response.token().access_token(), login.token().access_token());
  EXPECT_EQ(hit.response.token().generation(), login.grant().generation());

  const FreshToken refreshed = WaitForGeneration(login.grant().generation());
  EXPECT_NE(refreshed.token().access_token(), login.token().access_token());
  EXPECT_GT(TimeUtil::TimestampToMilliseconds(refreshed.token().expire_time()),
            TimeUtil::TimestampToMilliseconds(hit.response.token().expire_time()));
  EXPECT_EQ(provider().counters().MaxPresented(), 1u);
  EXPECT_EQ(Terminate(), 0);
}

TEST_F(TokenLifeTest, NoAnswerAndNoLogLineHasASecretInIt) {
  SetTokenLifetime(absl::Seconds(2));
  Start();
  const v1::ExchangeCodeResponse login = LogIn();
  const FreshToken refreshed = WaitForGeneration(login.grant().generation());
  EXPECT_EQ(Terminate(), 0);
  const std::string everything = process().Output() + login.DebugString() + refreshed.DebugString();
  const std::string log = process().Output();
  for (const auto& grant : provider().grants()) {
    for (const std::string& token : grant.refresh_tokens) {
      EXPECT_EQ(everything.find(token), std::string::npos);
    }
  }
  EXPECT_EQ(log.find(login.token().access_token()), std::string::npos);
  EXPECT_EQ(log.find(refreshed.token().access_token()), std::string::npos);
}

TEST_F(TokenLifeTest, AThousandCallersForAnExpiredGrantMakeOneRefresh) {
  SetTokenLifetime(absl::Seconds(1));
  Start();
  const int64_t generation = LogIn().grant().generation();
  LetTheTokenAge();
  provider().Configure([](Settings& s) {
    s.access_token_lifetime = absl::Hours(1);
    s.latency[Endpoint::kToken] = absl::Milliseconds(500);
  });
  v1::GetFreshTokenRequest request = TokenRequest();
  // Even if the background was quicker, nobody can be answered without the refresh.
  *request.mutable_min_ttl() = TimeUtil::SecondsToDuration(600);
  std::atomic<int> served{0};
  std::vector<std::thread> callers;
  callers.reserve(50);
  for (int i = 0; i < 50; ++i) {
    callers.emplace_back([&] {
      for (int n = 0; n < 20; ++n) {
        const auto answer = GetToken(request);
        if (answer.ok() && answer.response.token().generation() > generation) ++served;
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(served, 1000);
  EXPECT_EQ(provider().counters().Refreshes(), 1u);
}

TEST_F(TokenLifeTest, ARevokedGrantIsSaidToNeedALogin) {
  SetTokenLifetime(absl::Seconds(2));
  Start();
  LogIn();
  provider().RevokeAll();
  for (int i = 0; i < 200; ++i) {
    const auto answer = GetToken();
    if (!answer.ok()) {
      EXPECT_EQ(answer.status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
      EXPECT_EQ(answer.error.reason, "REAUTHORIZATION_REQUIRED");
      EXPECT_EQ(answer.error.domain, "tokenbroker");
      EXPECT_EQ(answer.error.metadata.at("cause"), "provider_says_dead");
      EXPECT_EQ(answer.error.metadata.at("provider"), "sim");
      EXPECT_EQ(answer.error.metadata.at("provider_error"), "invalid_grant");
      EXPECT_EQ(answer.error.pushback, "-1");
      return;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  FAIL() << "a revoked grant was served for ten seconds";
}

TEST_F(TokenLifeTest, ACallerThatCancelsLosesNothing) {
  SetTokenLifetime(absl::Seconds(1));
  Start();
  const int64_t generation = LogIn().grant().generation();
  LetTheTokenAge();
  provider().Configure([](Settings& s) {
    s.access_token_lifetime = absl::Hours(1);
    s.latency[Endpoint::kToken] = absl::Seconds(1);
  });
  v1::GetFreshTokenRequest request = TokenRequest();
  *request.mutable_min_ttl() = TimeUtil::SecondsToDuration(600);
  const auto impatient = GetToken(request, absl::Milliseconds(300));
  EXPECT_EQ(impatient.status.error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
  const auto patient = GetToken(request);
  ASSERT_TRUE(patient.ok()) << patient.status.error_message();
  EXPECT_GT(patient.response.token().generation(), generation);
  EXPECT_EQ(provider().counters().Refreshes(), 1u);
  EXPECT_EQ(provider().counters().MaxPresented(), 1u);
}

TEST_F(TokenLifeTest, AShutdownDuringARefreshWaitsForIt) {
  SetTokenLifetime(absl::Seconds(1));
  Start();
  LogIn();
  LetTheTokenAge();
  provider().Configure([](Settings& s) {
    s.access_token_lifetime = absl::Hours(1);
    s.latency[Endpoint::kToken] = absl::Seconds(2);
  });
  v1::GetFreshTokenRequest request = TokenRequest();
  *request.mutable_min_ttl() = TimeUtil::SecondsToDuration(600);
  grpc::Status seen = grpc::Status::OK;
  std::thread caller([&] { seen = GetToken(request).status; });
  while (provider().counters().MaxPresented() == 0) std::this_thread::yield();
  EXPECT_EQ(Terminate(), 0);
  caller.join();
  EXPECT_TRUE(seen.ok()) << seen.error_message();
  EXPECT_EQ(process().Output().find("flights_cut_off"), std::string::npos);
  EXPECT_EQ(provider().counters().MaxAccepted(), 1u);
}

TEST_F(TokenLifeTest, AShutdownDuringALoginWaitsForItThoughItsCallerHasGone) {
  Start();
  const std::string callback = Approve(BuildLoginUri("user-42").response.login_uri());
  provider().Configure([](Settings& s) { s.latency[Endpoint::kToken] = absl::Seconds(2); });
  const auto impatient = ExchangeCallback(callback, absl::Milliseconds(500));
  EXPECT_EQ(impatient.status.error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
  EXPECT_EQ(provider().counters().GrantType("authorization_code"), 1u);
  EXPECT_EQ(Terminate(), 0);
  EXPECT_NE(process().Output().find("\"outcome\":\"granted\""), std::string::npos);
  EXPECT_EQ(process().Output().find("cut_off"), std::string::npos);
}

TEST_F(TokenLifeTest, AShutdownEndsInTimeAlthoughTheProviderHangs) {
  SetDrainTimeout("2s");
  SetTokenLifetime(absl::Seconds(1));
  Start();
  LogIn();
  LetTheTokenAge();
  provider().AddFault(Endpoint::kToken, provider_simulator::HangFault().Forever());
  v1::GetFreshTokenRequest request = TokenRequest();
  *request.mutable_min_ttl() = TimeUtil::SecondsToDuration(600);
  std::thread caller([&] { GetToken(request); });
  while (provider().counters().MaxPresented() == 0) std::this_thread::yield();
  EXPECT_EQ(Terminate(), 0);
  caller.join();
  EXPECT_NE(process().Output().find("cut_off"), std::string::npos) << "and it says what it cut";
}

}  // namespace
}  // namespace tokenbroker

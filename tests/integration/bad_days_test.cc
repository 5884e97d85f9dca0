// What an operator lives through: a provider that is down, a secret that is wrong.
#include <google/protobuf/util/time_util.h>

#include <thread>

#include "tests/integration/broker_process.h"

namespace tokenbroker {
namespace {

using google::protobuf::util::TimeUtil;
using provider_simulator::Endpoint;
using provider_simulator::Fault;
using provider_simulator::Settings;

class BadDaysTest : public BrokerProcessTest {
 protected:
  // Grants whose token cannot answer NeedsRefresh(), and is good for a while all the same.
  void LogInShortly(const std::vector<std::string>& subjects = {"user-42"}) {
    provider().Configure([](Settings& s) { s.access_token_lifetime = absl::Seconds(20); });
    for (const std::string& subject : subjects) LogIn(subject);
    provider().Configure([](Settings& s) { s.access_token_lifetime = absl::Hours(1); });
    std::this_thread::sleep_for(std::chrono::milliseconds(3100));
  }
  static v1::GetFreshTokenRequest NeedsRefresh(const std::string& subject = "user-42") {
    v1::GetFreshTokenRequest request = TokenRequest(subject);
    *request.mutable_min_ttl() = TimeUtil::SecondsToDuration(17);
    return request;
  }
  // Each answer to a refresh of another grant, so that no circuit opens and no backoff grows.
  void ExpectProvidersTrouble(const std::vector<Fault>& faults) {
    SetProviderYaml("    request_timeout: 1s\n    refresh: { rotation: none }\n");
    Start();
    std::vector<std::string> subjects;
    for (size_t i = 0; i < faults.size(); ++i) subjects.push_back("user-" + std::to_string(i));
    LogInShortly(subjects);
    for (size_t i = 0; i < faults.size(); ++i) {
      provider().AddFault(Endpoint::kToken, faults[i]);
      const auto refused = GetToken(NeedsRefresh(subjects[i]));
      EXPECT_EQ(refused.error.reason, "PROVIDER_UNAVAILABLE") << i;
      EXPECT_TRUE(GetToken(subjects[i]).ok()) << "the old token is good";
      EXPECT_EQ(provider().counters().faults_played, i + 1);
    }
  }
};

TEST_F(BadDaysTest, AProviderInTroubleCostsNobodyAGoodToken) {
  SetProviderYaml("    request_timeout: 2s\n");
  Start();
  LogInShortly();
  provider().AddFault(Endpoint::kToken, provider_simulator::ErrorFault(503, "server_error"));
  const auto refused = GetToken(NeedsRefresh());
  EXPECT_EQ(refused.status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(refused.error.reason, "PROVIDER_UNAVAILABLE");
  EXPECT_TRUE(refused.error.has_retry_info);
  EXPECT_FALSE(refused.error.pushback.empty());
  EXPECT_TRUE(GetToken().ok()) << "the old token is good";
}

TEST_F(BadDaysTest, ThrottlingIsSaidAndItsRetryAfterGivenOn) {
  Start();
  LogInShortly();
  provider().AddFault(Endpoint::kToken, provider_simulator::ErrorFault(429, "slow_down", "30"));
  const auto refused = GetToken(NeedsRefresh());
  EXPECT_EQ(refused.error.reason, "PROVIDER_THROTTLED");
  EXPECT_GT(std::stoi(refused.error.pushback), 25'000);
  const auto again = GetToken(NeedsRefresh());
  EXPECT_EQ(again.error.reason, "PROVIDER_THROTTLED");
  EXPECT_EQ(provider().counters().GrantType("refresh_token"), 1u);
}

TEST_F(BadDaysTest, AnswersThatMakeNoSenseAreTheProvidersTrouble) {
  ExpectProvidersTrouble({provider_simulator::HtmlFault(), provider_simulator::GarbageFault(),
                          provider_simulator::InvalidJsonFault(),
                          provider_simulator::EmptyFault()});
}

TEST_F(BadDaysTest, AnswersThatDoNotComeOrDoNotEndAreTheProvidersTrouble) {
  ExpectProvidersTrouble({provider_simulator::HugeFault(2 << 20), provider_simulator::HangFault(),
                          provider_simulator::DropFault(), provider_simulator::HtmlFault(502)});
}

TEST_F(BadDaysTest, AWrongClientSecretDeletesNothingAndHealsWithItsFile) {
  Start();
  LogInShortly();
  provider().PutClient({"client", "rotated", {}});
  const auto refused = GetToken(NeedsRefresh());
  EXPECT_EQ(refused.status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(refused.error.reason, "PROVIDER_MISCONFIGURED");
  EXPECT_EQ(refused.error.metadata.at("provider_error"), "invalid_client");
  EXPECT_TRUE(GetToken().ok()) << "the old token is good";
  WriteClientSecret("rotated");
  for (int i = 0; i < 600 && !GetToken(NeedsRefresh()).ok(); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  const auto healed = GetToken(NeedsRefresh());
  EXPECT_TRUE(healed.ok()) << healed.status.error_message();
}

TEST_F(BadDaysTest, AReusedConnectionThatDiesPresentsNothingTwice) {
  Start();
  LogInShortly();
  provider().AddFault(Endpoint::kToken, provider_simulator::CutReusedConnectionFault());
  const auto answer = GetToken(NeedsRefresh());
  EXPECT_EQ(provider().counters().MaxPresented(), 1u);
  EXPECT_EQ(answer.ok(), provider().counters().faults_played == 0);
}

TEST_F(BadDaysTest, AnUnknownProviderAndAnUnknownSubjectAreToldApart) {
  Start();
  v1::GetFreshTokenRequest request = TokenRequest();
  EXPECT_EQ(GetToken(request).error.reason, "GRANT_NOT_FOUND");
  request.set_provider("nobody");
  EXPECT_EQ(GetToken(request).error.reason, "PROVIDER_UNKNOWN");
}

}  // namespace
}  // namespace tokenbroker

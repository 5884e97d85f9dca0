// Callers that show a Kubernetes service-account token, which the API server is asked about.
#include <absl/strings/str_cat.h>

#include "tests/integration/broker_process.h"
#include "tests/integration/fake_api_server.h"
#include "tests/integration/watch_client.h"
#include "tests/support/service_account_token.h"

namespace tokenbroker {
namespace {

constexpr char kAccount[] = "music:player";

constexpr char kRule[] =
    "  - name: pods\n"
    "    callers: [ \"serviceaccount:music/player\" ]\n"
    "    rpcs: [ \"*\" ]\n"
    "    providers: [ sim ]\n"
    "    subjects: [ \"*\" ]\n";

class ServiceAccountTest : public BrokerProcessTest {
 protected:
  // With a grant of "user-42" there.
  void StartWith(const std::string& max_age) {
    WritePolicy(std::string(kPlayerPolicy) + kRule);
    AddTlsYaml("    client_certificate: optional\n");
    AddServerYaml(absl::StrCat("  service_account_tokens: { api_server: \"", api_server_.url(),
                               "\", ca_file: \"", authority().ca_file(), "\", token_file: \"",
                               folder().Write("own_token", "own\n"), "\", max_age: ", max_age,
                               " }\n"));
    Start();
    LogIn();
  }
  std::shared_ptr<grpc::ChannelCredentials> WithoutCertificate() {
    return CallerCredentials(TestAuthority::Text(authority().ca_file()), absl::nullopt);
  }
  std::unique_ptr<BrokerClient> CallerShowing(const std::string& token) {
    auto caller = CallerWith(WithoutCertificate());
    caller->AddMetadata("authorization", "Bearer " + token);
    return caller;
  }
  static void ExpectUnknown(const Outcome<FreshToken>& answer) {
    EXPECT_EQ(answer.status.error_code(), grpc::StatusCode::UNAUTHENTICATED);
    EXPECT_EQ(answer.error.reason, "CALLER_UNKNOWN");
  }
  static void ExpectUnavailable(const Outcome<FreshToken>& answer) {
    EXPECT_EQ(answer.status.error_code(), grpc::StatusCode::UNAVAILABLE);
    EXPECT_EQ(answer.error.reason, "CALLER_CHECK_UNAVAILABLE");
    EXPECT_TRUE(answer.error.has_retry_info);
  }

  static std::string TokenOf(const std::string& name) {
    return ServiceAccountToken(name, absl::Now() + absl::Hours(1));
  }

  const std::string token_ = TokenOf("player");
  FakeApiServer api_server_{"own"};
};

TEST_F(ServiceAccountTest, AGoodTokenIsAskedAboutOnce) {
  api_server_.Accept(token_, kAccount);
  StartWith("1h");
  const auto pod = CallerShowing(token_);
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(pod->GetToken("user-42").ok());
  EXPECT_TRUE(CallerShowing(token_)->GetToken("user-42").ok()) << "on another connection";
  EXPECT_EQ(api_server_.Reviews(token_), 1);
  EXPECT_EQ(api_server_.Strangers(), 0);
  EXPECT_EQ(process().Output().find(token_), std::string::npos);
}

TEST_F(ServiceAccountTest, AnAnswerIsBelievedForMaxAgeAndNoLonger) {
  api_server_.Accept(token_, kAccount);
  StartWith("1s");
  const auto pod = CallerShowing(token_);
  EXPECT_TRUE(pod->GetToken("user-42").ok());
  api_server_.Reject(token_);
  Outcome<FreshToken> last;
  EXPECT_TRUE(Eventually([&] {
    last = pod->GetToken("user-42");
    return !last.ok();
  }));
  ExpectUnknown(last);
  EXPECT_EQ(api_server_.Reviews(token_), 2);
}

TEST_F(ServiceAccountTest, AWatchEndsWhenItsTokenIsNotKnownAnyMore) {
  api_server_.Accept(token_, kAccount);
  StartWith("1s");
  WatchClient watch(grpc_address(), WithoutCertificate(), "user-42", 0, token_);
  EXPECT_EQ(watch.Next(), "token");
  LogIn();
  EXPECT_EQ(watch.Next(), "token");
  api_server_.Reject(token_);
  EXPECT_EQ(watch.Next(), "end 16");
  EXPECT_EQ(watch.error().reason, "CALLER_UNKNOWN");
}

TEST_F(ServiceAccountTest, AWatchIsToBeOpenedAgainWhenItsTokenCannotBeChecked) {
  api_server_.Accept(token_, kAccount);
  StartWith("1s");
  WatchClient watch(grpc_address(), WithoutCertificate(), "user-42", 0, token_);
  EXPECT_EQ(watch.Next(), "token");
  api_server_.FailWith(500);
  EXPECT_EQ(watch.Next(), "end 14");
  EXPECT_EQ(watch.error().reason, "CALLER_CHECK_UNAVAILABLE");
  api_server_.FailWith(0);
  WatchClient again(grpc_address(), WithoutCertificate(), "user-42", 0, token_);
  EXPECT_EQ(again.Next(), "token");
}

TEST_F(ServiceAccountTest, ATokenForAnotherAudienceIsNobodys) {
  api_server_.Accept(token_, kAccount, "another-service");
  StartWith("1h");
  ExpectUnknown(CallerShowing(token_)->GetToken("user-42"));
  EXPECT_EQ(api_server_.Reviews(token_), 1);
}

TEST_F(ServiceAccountTest, TheApiServerIsNotAskedAboutWhatIsNoTokenForUs) {
  StartWith("1h");
  const absl::Time soon = absl::Now() + absl::Hours(1);
  for (const std::string& token :
       {std::string("opaque"), ServiceAccountToken("player", soon, "another-service"),
        ServiceAccountToken("player", absl::Now() - absl::Minutes(1))}) {
    api_server_.Accept(token, kAccount);
    ExpectUnknown(CallerShowing(token)->GetToken("user-42"));
    EXPECT_EQ(api_server_.Reviews(token), 0);
  }
}

TEST_F(ServiceAccountTest, ATokenThatTheApiServerDoesNotKnowIsNobodysAndNotAskedAboutAtEachCall) {
  StartWith("1h");
  const std::string made_up = TokenOf("nobody");
  const auto pod = CallerShowing(made_up);
  for (int i = 0; i < 5; ++i) ExpectUnknown(pod->GetToken("user-42"));
  EXPECT_GE(api_server_.Reviews(made_up), 1);
  EXPECT_LE(api_server_.Reviews(made_up), 2);
}

TEST_F(ServiceAccountTest, ATokenThatHasExpiredIsAskedAboutAgainThoughMaxAgeIsNotOver) {
  StartWith("1h");
  const absl::Time end = absl::Now() + absl::Seconds(10);
  const std::string token = ServiceAccountToken("player", end);
  api_server_.Accept(token, kAccount);
  const auto pod = CallerShowing(token);
  EXPECT_TRUE(pod->GetToken("user-42").ok());
  api_server_.Reject(token);
  Outcome<FreshToken> last;
  EXPECT_TRUE(Eventually([&] {
    last = pod->GetToken("user-42");
    return !last.ok();
  }));
  ExpectUnknown(last);
  EXPECT_GE(absl::Now(), absl::FromUnixSeconds(absl::ToUnixSeconds(end)));
}

TEST_F(ServiceAccountTest, WithoutItsApiServerNobodyIsLetInAndAfterwardsTheyAre) {
  api_server_.Accept(token_, kAccount);
  StartWith("2s");
  const auto pod = CallerShowing(token_);
  EXPECT_TRUE(pod->GetToken("user-42").ok());
  api_server_.Stop();
  ExpectUnavailable(CallerShowing(TokenOf("never seen before"))->GetToken("user-42"));
  Outcome<FreshToken> last;
  EXPECT_TRUE(Eventually([&] {
    last = pod->GetToken("user-42");
    return !last.ok();
  })) << "not longer than max_age";
  ExpectUnavailable(last);
  EXPECT_TRUE(GetToken().ok()) << "a certificate needs no API server";
  api_server_.Restart();
  EXPECT_TRUE(Eventually([&] { return pod->GetToken("user-42").ok(); }));
}

TEST_F(ServiceAccountTest, AnApiServerInTroubleLetsNobodyIn) {
  api_server_.Accept(token_, kAccount);
  StartWith("1h");
  const auto pod = CallerShowing(token_);
  for (const int status : {500, 403, 204}) {
    api_server_.FailWith(status);
    ExpectUnavailable(pod->GetToken("user-42"));
  }
  api_server_.FailWith(0);
  EXPECT_TRUE(pod->GetToken("user-42").ok()) << "trouble is not remembered";
}

TEST_F(ServiceAccountTest, ANewTokenOfTheBrokersOwnIsTakenFromItsFile) {
  api_server_.Accept(token_, kAccount);
  StartWith("1h");
  api_server_.SetOwnToken("rotated");
  const auto pod = CallerShowing(token_);
  ExpectUnavailable(pod->GetToken("user-42"));
  EXPECT_GT(api_server_.Strangers(), 0);
  folder().Write("own_token", "rotated\n");
  EXPECT_TRUE(Eventually([&] { return pod->GetToken("user-42").ok(); }));
}

TEST_F(ServiceAccountTest, AGoodTokenOfAnAccountWithoutARuleIsDenied) {
  api_server_.Accept(token_, "music:stranger");
  StartWith("1h");
  const auto refused = CallerShowing(token_)->GetToken("user-42");
  EXPECT_EQ(refused.status.error_code(), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(refused.error.reason, "CALLER_NOT_ALLOWED");
}

}  // namespace
}  // namespace tokenbroker

#include "access/service_account_tokens.h"

#include <absl/strings/str_cat.h>

#include "tests/support/fake_http_client.h"
#include "tests/support/loop_test.h"
#include "tests/support/metric_value.h"
#include "tests/support/service_account_token.h"
#include "tests/support/temp_folder.h"
#include "token/refusal.h"

namespace tokenbroker {
namespace {

constexpr char kReviews[] = "https://api:6443/apis/authentication.k8s.io/v1/tokenreviews";
constexpr char kAccepted[] =
    R"({"status":{"authenticated":true,"user":{"username":"system:serviceaccount:music:player"},)"
    R"("audiences":["token-broker"]}})";
constexpr char kRefused[] = R"({"status":{"authenticated":false}})";

class ServiceAccountTokensTest : public LoopTest {
 protected:
  ServiceAccountTokensTest() {
    config_.api_server = "https://api:6443";
    config_.ca_file = "/ca.crt";
    own_ = *StartOwnToken(folder_.Write("token", "own-token\n"), metrics_);
    tokens_ = std::make_unique<ServiceAccountTokens>(loop_, http_, *own_, metrics_, config_);
  }
  ~ServiceAccountTokensTest() override { loop_.DropTasks(); }

  Task<ReviewedToken> Ask(const std::string& name) {
    return tokens_->Review(name, Secret(TokenFor(absl::Hours(1))),
                           clock_.SteadyNow() + absl::Seconds(30));
  }
  std::string TokenFor(absl::Duration life, const std::string& audience = "token-broker") {
    return ServiceAccountToken("one", clock_.TimeNow() + life, audience);
  }
  std::string Metric(const std::string& result) {
    return MetricValue(metrics_,
                       absl::StrCat("tokenbroker_token_reviews_total{result=\"", result, "\"}"));
  }

  TempFolder folder_;
  Metrics metrics_;
  FakeHttpClient http_{loop_};
  ServiceAccountTokensConfig config_;
  std::unique_ptr<OwnToken> own_;
  std::unique_ptr<ServiceAccountTokens> tokens_;
};

TEST_F(ServiceAccountTokensTest, AsksTheApiServerAsItself) {
  http_.Answer(kReviews, HttpAnswer(201, kAccepted));
  const ReviewedToken reviewed = Run(Ask("t1"));
  ASSERT_TRUE(reviewed.caller.ok()) << reviewed.caller.status();
  EXPECT_EQ(reviewed.caller->name, "serviceaccount:music/player");
  EXPECT_EQ(reviewed.ask_again, clock_.SteadyNow() + absl::Minutes(1));
  ASSERT_EQ(http_.requests().size(), 1u);
  const HttpRequest& request = http_.requests()[0];
  EXPECT_EQ(HeaderOf(request, "Authorization"), "Bearer own-token");
  EXPECT_EQ(request.ca_file, "/ca.crt");
  EXPECT_EQ(Metric("accepted"), "1");
}

TEST_F(ServiceAccountTokensTest, BelievesNoAnswerLongerThanTheTokenLives) {
  http_.Answer(kReviews, HttpAnswer(201, kAccepted));
  const absl::Time end = absl::FromUnixSeconds(absl::ToUnixSeconds(clock_.TimeNow()) + 20);
  const ReviewedToken reviewed = Run(
      tokens_->Review("t1", Secret(ServiceAccountToken("one", end)), SteadyTime::InfiniteFuture()));
  EXPECT_EQ(reviewed.expiry, end);
}

TEST_F(ServiceAccountTokensTest, SeesAtALookWhatNeedNotBeAskedAbout) {
  EXPECT_TRUE(tokens_->Look(TokenFor(absl::Minutes(1))).ok());
  EXPECT_TRUE(absl::IsUnauthenticated(tokens_->Look("opaque")));
  EXPECT_TRUE(absl::IsUnauthenticated(tokens_->Look(TokenFor(-absl::Minutes(1)))));
  EXPECT_TRUE(absl::IsUnauthenticated(tokens_->Look(TokenFor(absl::Minutes(1), "another"))));
}

TEST_F(ServiceAccountTokensTest, LetsOnlySoManyWait) {
  http_.SetLatency(absl::Seconds(100));
  std::vector<Future<ReviewedToken>> all;
  for (int i = 0; i < 1001; ++i) all.push_back(Start(Ask(absl::StrCat("t", i))));
  EXPECT_FALSE(all.front()->has_value());
  ASSERT_TRUE(all.back()->has_value()) << "refused at once";
  EXPECT_TRUE(absl::IsUnavailable((**all.back()).caller.status()));
}

TEST_F(ServiceAccountTokensTest, RemembersARefusalForAWhile) {
  http_.Answer(kReviews, HttpAnswer(201, kRefused));
  const ReviewedToken reviewed = Run(Ask("t1"));
  EXPECT_TRUE(absl::IsUnauthenticated(reviewed.caller.status()));
  EXPECT_EQ(reviewed.ask_again, clock_.SteadyNow() + kRefusalLife);
  EXPECT_EQ(Metric("refused"), "1");
}

TEST_F(ServiceAccountTokensTest, ApiServerTroubleIsUnavailableAndNotRemembered) {
  http_.Answer(kReviews, HttpFailure(absl::UnavailableError("no route"), false));
  for (const HttpResult& trouble : {HttpFailure(absl::UnavailableError("no route"), false),
                                    HttpAnswer(500, ""), HttpAnswer(403, "{}")}) {
    http_.Answer(kReviews, trouble);
    const ReviewedToken reviewed = Run(Ask("t1"));
    EXPECT_EQ(RefusalOf(reviewed.caller.status())->reason, Reason::kCallerCheckUnavailable);
    EXPECT_LE(reviewed.ask_again, clock_.SteadyNow());
  }
  EXPECT_EQ(Metric("failed"), "3");
}

TEST_F(ServiceAccountTokensTest, AsksOnceForAllWhoShowTheSameToken) {
  http_.Answer(kReviews, HttpAnswer(201, kAccepted));
  http_.SetLatency(absl::Milliseconds(50));
  std::vector<Future<ReviewedToken>> all;
  for (int i = 0; i < 100; ++i) all.push_back(Start(Ask("t1")));
  all.push_back(Start(Ask("t2")));
  Advance(absl::Milliseconds(50));
  for (const auto& one : all) ASSERT_TRUE(one->has_value() && (**one).caller.ok());
  EXPECT_EQ(http_.requests().size(), 2u);
}

TEST_F(ServiceAccountTokensTest, ACallersDeadlineEndsItsWaitAlone) {
  http_.Answer(kReviews, HttpAnswer(201, kAccepted));
  http_.SetLatency(absl::Seconds(2));
  const auto patient = Start(Ask("t1"));
  const auto hasty =
      Start(tokens_->Review("t1", Secret("t1"), clock_.SteadyNow() + absl::Seconds(1)));
  Advance(absl::Seconds(1));
  ASSERT_TRUE(hasty->has_value());
  EXPECT_TRUE(absl::IsUnavailable((**hasty).caller.status()));
  Advance(absl::Seconds(1));
  ASSERT_TRUE(patient->has_value());
  EXPECT_TRUE((**patient).caller.ok());
}

TEST_F(ServiceAccountTokensTest, ShowsTheTokenOfItsOwnThatTheFileHasNow) {
  http_.Answer(kReviews, HttpAnswer(201, kAccepted));
  folder_.Write("token", "rotated");
  own_->CheckNow();
  Run(Ask("t1"));
  EXPECT_EQ(HeaderOf(http_.requests()[0], "Authorization"), "Bearer rotated");
}

}  // namespace
}  // namespace tokenbroker

#include "oauth/http_token_endpoint.h"

#include <set>

#include "tests/oauth/refusal_matchers.h"
#include "tests/support/fake_http_client.h"
#include "tests/support/loop_test.h"
#include "tests/support/signing_keys.h"

namespace tokenbroker {
namespace {

constexpr char kTokenUrl[] = "https://id.example/token";
constexpr char kRevokeUrl[] = "https://id.example/revoke";
constexpr char kUserinfoUrl[] = "https://id.example/me";
constexpr char kTokens[] =
    R"({"access_token":"at","token_type":"bearer","expires_in":60,"refresh_token":"rt2"})";

class HttpTokenEndpointTest : public LoopTest {
 protected:
  HttpTokenEndpointTest() {
    config_.client_id = "broker";
    config_.request_timeout = absl::Seconds(7);
    config_.connect_timeout = absl::Seconds(2);
    config_.ca_file = "/etc/ca.pem";
    resolved_.token_endpoint = kTokenUrl;
    resolved_.revocation_endpoint = kRevokeUrl;
    resolved_.userinfo_endpoint = kUserinfoUrl;
  }

  std::shared_ptr<const ResolvedProvider> Provider() {
    resolved_.config = std::make_shared<const ProviderConfig>(config_);
    return std::make_shared<const ResolvedProvider>(resolved_);
  }
  TokenAnswer Refresh() { return Run(endpoint_.Refresh({Provider(), secret_, Secret("r t")})); }
  TokenAnswer Exchange(Secret verifier) {
    return Run(endpoint_.ExchangeCode(
        {Provider(), secret_, Secret("c/1"), "https://app.example/cb", verifier}));
  }
  absl::Status Revoke() {
    return Run(endpoint_.Revoke({Provider(), secret_, Secret("rt"), "refresh_token"}));
  }
  absl::StatusOr<Account> FetchAccount() {
    return Run(endpoint_.FetchAccount(Provider(), Secret("at")));
  }
  const HttpRequest& Sent() { return http_.requests().at(0); }

  Secret secret_{"s3cret"};
  ProviderConfig config_;
  ResolvedProvider resolved_;
  FakeHttpClient http_{loop_};
  HttpTokenEndpoint endpoint_{http_, clock_};
};

TEST_F(HttpTokenEndpointTest, ARefreshIsOnePostThatIsNeverRepeated) {
  http_.Answer(kTokenUrl, HttpAnswer(200, kTokens));
  const TokenAnswer answer = Refresh();
  EXPECT_EQ(Sent().method, HttpMethod::kPost);
  EXPECT_EQ(Sent().repetition, Repetition::kNever);
  EXPECT_EQ(Sent().body.Expose(), "grant_type=refresh_token&refresh_token=r+t");
  EXPECT_EQ(HeaderOf(Sent(), "Accept"), "application/json");
  EXPECT_EQ(HeaderOf(Sent(), "Content-Type"), "application/x-www-form-urlencoded");
  EXPECT_EQ(HeaderOf(Sent(), "Authorization"), "Basic YnJva2VyOnMzY3JldA==");
  EXPECT_EQ(http_.requests().size(), 1u);
  ASSERT_TRUE(answer.tokens.has_value());
  EXPECT_EQ(answer.delivery, Delivery::kAnswered);
  EXPECT_EQ(answer.error_class, ErrorClass::kNone);
  EXPECT_EQ(answer.tokens->refresh_token.Expose(), "rt2");
}

TEST_F(HttpTokenEndpointTest, TheProvidersTransportSettingsHold) {
  Refresh();
  EXPECT_EQ(Sent().timeout, absl::Seconds(7));
  EXPECT_EQ(Sent().connect_timeout, absl::Seconds(2));
  EXPECT_EQ(Sent().ca_file, "/etc/ca.pem");
  EXPECT_EQ(Sent().max_body_bytes, size_t{1} << 20);
  EXPECT_EQ(Sent().destinations, Destinations::kOrdinary);
  config_.allow_link_local = true;
  Refresh();
  EXPECT_EQ(http_.requests().at(1).destinations, Destinations::kAny);
}

TEST_F(HttpTokenEndpointTest, AnExchangeSendsCodeRedirectUriAndVerifier) {
  config_.client_authentication = ClientAuthentication::kPost;
  http_.Answer(kTokenUrl, HttpAnswer(200, kTokens));
  EXPECT_TRUE(Exchange(Secret("v")).tokens.has_value());
  EXPECT_EQ(Sent().repetition, Repetition::kNever);
  EXPECT_EQ(Sent().body.Expose(),
            "grant_type=authorization_code&code=c%2F1&redirect_uri=https%3A%2F%2Fapp.example%2Fcb"
            "&code_verifier=v&client_id=broker&client_secret=s3cret");
}

TEST_F(HttpTokenEndpointTest, EveryRequestCarriesAnAssertionOfItsOwn) {
  config_.client_authentication = ClientAuthentication::kPrivateKeyJwt;
  config_.signing_algorithm = JwsAlgorithm::kEs256;
  secret_ = Secret(PemOf(TestEcKey()));
  Refresh();
  Exchange(Secret("v"));
  EXPECT_FALSE(Revoke().ok()) << "answered 404";
  std::set<std::string> assertions;
  for (const HttpRequest& request : http_.requests()) {
    const std::string body(request.body.Expose());
    const size_t at = body.find("&client_assertion=");
    ASSERT_NE(at, std::string::npos);
    assertions.insert(body.substr(at));
    EXPECT_EQ(HeaderOf(request, "Authorization"), "");
  }
  EXPECT_EQ(assertions.size(), 3u);
}

TEST_F(HttpTokenEndpointTest, WithAKeyThatCannotSignNothingIsSent) {
  config_.client_authentication = ClientAuthentication::kPrivateKeyJwt;
  const TokenAnswer answer = Refresh();
  EXPECT_EQ(answer.delivery, Delivery::kNotSent);
  EXPECT_EQ(answer.error_class, ErrorClass::kOurConfiguration);
  EXPECT_EQ(answer.error, "assertion_not_signed");
  EXPECT_EQ(Revoke().code(), absl::StatusCode::kUnavailable);
  EXPECT_TRUE(http_.requests().empty());
}

TEST_F(HttpTokenEndpointTest, TheTraceThatARequestBelongsToGoesAlong) {
  http_.Answer(kTokenUrl, HttpAnswer(200, kTokens));
  Refresh();
  EXPECT_EQ(HeaderOf(Sent(), "traceparent"), "") << "nobody told of a trace";
  RefreshTokenRequest refresh{Provider(), secret_, Secret("r t")};
  refresh.traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  Run(endpoint_.Refresh(refresh));
  EXPECT_EQ(HeaderOf(http_.requests().at(1), "traceparent"), refresh.traceparent);
  CodeExchangeRequest exchange{Provider(), secret_, Secret("c/1"), "https://app.example/cb",
                               Secret()};
  exchange.traceparent = refresh.traceparent;
  Run(endpoint_.ExchangeCode(exchange));
  EXPECT_EQ(HeaderOf(http_.requests().at(2), "traceparent"), refresh.traceparent);
}

TEST_F(HttpTokenEndpointTest, WithoutPkceNoVerifierIsSent) {
  Exchange(Secret());
  EXPECT_THAT(std::string(Sent().body.Expose()), testing::Not(testing::HasSubstr("code_verifier")));
}

TEST_F(HttpTokenEndpointTest, LifetimesCountFromTheSending) {
  http_.Answer(kTokenUrl, HttpAnswer(200, kTokens));
  http_.SetLatency(absl::Seconds(5));
  const SteadyTime before = clock_.SteadyNow();
  EXPECT_EQ(Refresh().sent_at, before);
  EXPECT_EQ(clock_.SteadyNow(), before + absl::Seconds(5));
}

TEST_F(HttpTokenEndpointTest, ARefusalIsClassifiedByWhereItWasMet) {
  http_.Answer(kTokenUrl, HttpAnswer(400, R"({"error":"invalid_grant"})"));
  const TokenAnswer refresh = Refresh();
  EXPECT_EQ(refresh.error_class, ErrorClass::kGrantDead);
  EXPECT_EQ(refresh.delivery, Delivery::kAnswered);
  EXPECT_EQ(refresh.error, "invalid_grant");
  EXPECT_FALSE(refresh.tokens.has_value());
  EXPECT_EQ(Exchange(Secret()).error_class, ErrorClass::kCodeRefused);
}

TEST_F(HttpTokenEndpointTest, RetryAfterIsPassedOn) {
  HttpResult busy = HttpAnswer(429, "");
  busy.response->headers.emplace_back("retry-after", "17");
  http_.Answer(kTokenUrl, busy);
  const TokenAnswer answer = Refresh();
  EXPECT_EQ(answer.error_class, ErrorClass::kQuota);
  EXPECT_EQ(answer.retry_after, absl::Seconds(17));
}

TEST_F(HttpTokenEndpointTest, ALostAnswerAndOneNeverSentDiffer) {
  http_.Answer(kTokenUrl, HttpFailure(absl::DeadlineExceededError("slow"), true));
  EXPECT_EQ(Refresh().delivery, Delivery::kLostAnswer);
  http_.Answer(kTokenUrl, HttpFailure(absl::UnavailableError("refused"), false));
  const TokenAnswer answer = Refresh();
  EXPECT_EQ(answer.delivery, Delivery::kNotSent);
  EXPECT_EQ(answer.error_class, ErrorClass::kProviderTrouble);
  EXPECT_EQ(answer.error, "connection");
}

TEST_F(HttpTokenEndpointTest, RevokesByRfc7009) {
  http_.Answer(kRevokeUrl, HttpAnswer(200, ""));
  EXPECT_TRUE(Revoke().ok());
  EXPECT_EQ(Sent().body.Expose(), "token=rt&token_type_hint=refresh_token");
  EXPECT_EQ(HeaderOf(Sent(), "Authorization"), "Basic YnJva2VyOnMzY3JldA==");
}

TEST_F(HttpTokenEndpointTest, ARevocationThatWasRefusedSaysSoWithoutQuoting) {
  http_.Answer(kRevokeUrl, HttpAnswer(503, "hunter2"));
  EXPECT_THAT(Revoke(), testing::AllOf(Says("http_503"), testing::Not(Says("hunter2"))));
  http_.Answer(kRevokeUrl, HttpFailure(absl::UnavailableError("reset"), true));
  EXPECT_EQ(Revoke().code(), absl::StatusCode::kUnavailable);
}

TEST_F(HttpTokenEndpointTest, WithoutARevocationEndpointNothingIsSent) {
  resolved_.revocation_endpoint = "";
  EXPECT_EQ(Revoke().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_TRUE(http_.requests().empty());
}

TEST_F(HttpTokenEndpointTest, AsksForTheAccountWithTheAccessToken) {
  http_.Answer(kUserinfoUrl, HttpAnswer(200, R"({"id":"wizzler"})"));
  const absl::StatusOr<Account> account = FetchAccount();
  ASSERT_TRUE(account.ok());
  EXPECT_EQ(*account, (Account{"", "wizzler"}));
  EXPECT_EQ(Sent().method, HttpMethod::kGet);
  EXPECT_EQ(HeaderOf(Sent(), "Authorization"), "Bearer at");
}

TEST_F(HttpTokenEndpointTest, AnAccountThatCannotBeHadIsUnavailable) {
  EXPECT_EQ(FetchAccount().status().code(), absl::StatusCode::kUnavailable);
  http_.Answer(kUserinfoUrl, HttpAnswer(200, "{}"));
  EXPECT_EQ(FetchAccount().status().code(), absl::StatusCode::kUnavailable);
  http_.Answer(kUserinfoUrl, HttpFailure(absl::DeadlineExceededError("slow"), true));
  EXPECT_EQ(FetchAccount().status().code(), absl::StatusCode::kUnavailable);
  resolved_.userinfo_endpoint = "";
  EXPECT_EQ(FetchAccount().status().code(), absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace tokenbroker

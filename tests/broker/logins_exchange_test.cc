#include <gmock/gmock.h>

#include "tests/broker/login_test.h"

namespace tokenbroker {
namespace {

class LoginsExchangeTest : public LoginTest {};

TEST_F(LoginsExchangeTest, StoresTheGrantAndHandsOutItsToken) {
  BuildLoginUriRequest request = Request();
  request.scopes = {"write"};
  const LoginUri uri = Begin(request);
  endpoint_.SetLatency(absl::Seconds(2));
  const absl::Time sent = clock_.TimeNow();
  const Result login = Exchange(Parts(uri));
  ASSERT_TRUE(login.ok()) << login.status();

  EXPECT_EQ(login->caller_context, "context");
  EXPECT_EQ(login->token.token->access_token, Secret("access-1"));
  EXPECT_EQ(login->token.token->Remaining(clock_.SteadyNow()), absl::Hours(1) - absl::Seconds(2));
  EXPECT_FALSE(login->frozen);

  const Grant stored = Stored();
  EXPECT_EQ(stored.refresh_token, Secret("refresh-1"));
  EXPECT_EQ(stored.client_id, "client-1");
  EXPECT_EQ(stored.owner, "web");
  EXPECT_EQ(stored.scopes, (std::vector<std::string>{"read", "write"}));
  EXPECT_EQ(stored.authorized_at, sent);
  EXPECT_EQ(stored.last_used_at, sent);
  EXPECT_EQ(stored.created_at, sent + absl::Seconds(2));
  EXPECT_EQ(login->grant.created_at, stored.created_at);
  EXPECT_EQ(stored.expires_at, sent + absl::Hours(1));
  EXPECT_GE(stored.generation, absl::ToUnixMillis(sent));
  EXPECT_EQ(stored.generation, login->grant.generation);
  EXPECT_EQ(stored.login_generation, login->grant.login_generation);
  EXPECT_EQ(stored.refresh_token_generation, login->grant.refresh_token_generation);
  // The margin of an hour is 5 minutes ± 10 %.
  EXPECT_GE(*stored.expires_at - *stored.refresh_at, absl::Seconds(270));
  EXPECT_LE(*stored.expires_at - *stored.refresh_at, absl::Seconds(330));
  EXPECT_EQ(stored.reauthorize_at, absl::nullopt);

  ASSERT_NE(cache_.Peek(Request().key.view()), nullptr);
  EXPECT_EQ(cache_.Peek(Request().key.view())->generation, stored.generation);
  EXPECT_EQ(cache_.Peek(Request().key.view())->verified, clock_.SteadyNow())
      << "a claim that was sent meanwhile does not show that the store went back";
}

TEST_F(LoginsExchangeTest, KeepsTheGrantForAStoreThatForgetsAndForgetsItsFailures) {
  parts_.failures[Request().key] = 3;
  ASSERT_TRUE(LogIn().ok());
  const absl::optional<RecentCommit> kept =
      parts_.recent_commits.Above(Request().key, 0, clock_.SteadyNow());
  ASSERT_TRUE(kept.has_value());
  EXPECT_EQ(kept->grant->generation, Stored().generation);
  EXPECT_EQ(kept->grant->refresh_token, Secret("refresh-1"));
  EXPECT_FALSE(parts_.failures.contains(Request().key));
}

TEST_F(LoginsExchangeTest, NoSecretOfALoginIsLoggedHoweverItEnds) {
  ConfigureOpenId();
  testing::internal::CaptureStderr();
  std::vector<std::string> secrets = {"the-code", "client-secret", "refresh-1",
                                      "access-1", "other-code",    "spoiled"};
  for (const bool spoiled : {false, true}) {
    const LoginUri uri = Begin();
    TokenAnswer answer = OpenIdAnswer(uri, "alice");
    if (spoiled) answer.tokens->id_token->value().nonce = "spoiled";
    endpoint_.AnswerExchange(std::move(answer));
    EXPECT_EQ(Exchange(Parts(uri, "the-code")).ok(), !spoiled);
    EXPECT_FALSE(Exchange(Parts(uri, "other-code")).ok());
    secrets.push_back(uri.state);
    secrets.push_back(Parameter(uri.uri, "nonce"));
    secrets.emplace_back(endpoint_.exchanges().back().code_verifier.Expose());
  }
  endpoint_.AnswerRevoke(absl::UnavailableError("down"));
  const LoginUri unsent = Begin();
  endpoint_.AnswerExchange(NotSentAnswer());
  EXPECT_FALSE(Exchange(Parts(unsent, "the-code")).ok());
  secrets.push_back(unsent.state);
  const std::string log = testing::internal::GetCapturedStderr();
  EXPECT_THAT(log, ::testing::HasSubstr("login_finished"));
  EXPECT_THAT(log, ::testing::HasSubstr("login_not_sent"));
  for (const std::string& secret : secrets) {
    ASSERT_FALSE(secret.empty());
    EXPECT_THAT(log, ::testing::Not(::testing::HasSubstr(secret)));
  }
}

TEST_F(LoginsExchangeTest, PresentsTheCodeWithTheVerifierOfItsLogin) {
  const LoginUri uri = Begin();
  ASSERT_TRUE(Exchange(Parts(uri, "the-code")).ok());
  ASSERT_EQ(endpoint_.exchanges().size(), 1u);
  const CodeExchangeRequest& sent = endpoint_.exchanges()[0];
  EXPECT_EQ(sent.code, Secret("the-code"));
  EXPECT_EQ(sent.client_secret, Secret("client-secret"));
  EXPECT_EQ(sent.redirect_uri, "https://app.example.com/callback");
  EXPECT_EQ(CodeChallengeS256(sent.code_verifier), Parameter(uri.uri, "code_challenge"));
}

TEST_F(LoginsExchangeTest, ReadsTheWholeUrlThatTheBrowserCameBackWith) {
  const LoginUri uri = Begin();
  ExchangeCodeRequest request;
  request.caller = "web";
  request.callback_uri =
      absl::StrCat("http://10.0.0.7:8080/callback?code=code-1&state=", uri.state);
  EXPECT_TRUE(Exchange(request).ok());
}

TEST_F(LoginsExchangeTest, RefusesACallbackOnAnotherPath) {
  const LoginUri uri = Begin();
  ExchangeCodeRequest request;
  request.caller = "web";
  request.callback_uri =
      absl::StrCat("https://app.example.com/other?code=code-1&state=", uri.state);
  EXPECT_EQ(Why(Exchange(request)), "CALLBACK_MALFORMED");
  EXPECT_TRUE(Exchange(Parts(uri)).ok());
}

TEST_F(LoginsExchangeTest, RefusesUrlAndPartsTogetherAndRepeatedParameters) {
  ExchangeCodeRequest both = Parts(Begin());
  both.callback_uri = "code=code-1&state=s";
  EXPECT_EQ(Why(Exchange(both)), "CALLBACK_MALFORMED");
  ExchangeCodeRequest repeated;
  repeated.callback_uri = "code=code-1&code=code-2&state=s";
  EXPECT_EQ(Why(Exchange(repeated)), "CALLBACK_MALFORMED");
  EXPECT_EQ(Why(Exchange(ExchangeCodeRequest())), "CALLBACK_MALFORMED");
}

TEST_F(LoginsExchangeTest, DoesNotKnowAStateThatItDidNotMake) {
  LoginUri made_up;
  made_up.state = "made-up";
  EXPECT_EQ(Why(Exchange(Parts(made_up))), "LOGIN_NOT_FOUND");
}

TEST_F(LoginsExchangeTest, ALoginLivesTenMinutesAndNotLonger) {
  const LoginUri in_time = Begin();
  Advance(absl::Minutes(10) - absl::Milliseconds(1));
  EXPECT_TRUE(Exchange(Parts(in_time)).ok());

  const LoginUri late = Begin();
  Advance(absl::Minutes(10));
  EXPECT_EQ(Why(Exchange(Parts(late))), "LOGIN_NOT_FOUND");
  EXPECT_EQ(endpoint_.exchanges().size(), 1u);
}

TEST_F(LoginsExchangeTest, AWallClockThatWasSetBackDoesNotBreakALogin) {
  const LoginUri uri = Begin();
  clock_.SetTime(clock_.TimeNow() - absl::Hours(3));
  const Result login = Exchange(Parts(uri));
  ASSERT_TRUE(login.ok()) << login.status();
  EXPECT_EQ(login->token.token->Remaining(clock_.SteadyNow()), absl::Hours(1));
}

TEST_F(LoginsExchangeTest, AnotherCallerLearnsNothingAndConsumesNothing) {
  const LoginUri uri = Begin();
  ExchangeCodeRequest stranger = Parts(uri);
  stranger.caller = "stranger";
  stranger.browser_state = "not even this";
  LoginUri made_up;
  made_up.state = "made-up";
  const Result refused = Exchange(stranger);
  EXPECT_EQ(Why(refused), "LOGIN_NOT_FOUND");
  EXPECT_EQ(refused.status(), Exchange(Parts(made_up)).status());
  EXPECT_TRUE(Exchange(Parts(uri)).ok());
}

TEST_F(LoginsExchangeTest, RefusesAnotherBrowserBeforeTheProviderIsAsked) {
  const LoginUri uri = Begin();
  ExchangeCodeRequest other_browser = Parts(uri);
  other_browser.browser_state = Begin().state;
  EXPECT_EQ(Why(Exchange(other_browser)), "LOGIN_NOT_BOUND");
  ExchangeCodeRequest other_subject = Parts(uri);
  other_subject.subject = "user-2";
  EXPECT_EQ(Why(Exchange(other_subject)), "LOGIN_NOT_BOUND");
  ExchangeCodeRequest half_right = Parts(uri);
  half_right.browser_state = uri.state;
  half_right.subject = "user-2";
  EXPECT_EQ(Why(Exchange(half_right)), "LOGIN_NOT_BOUND");
  EXPECT_TRUE(endpoint_.exchanges().empty());

  ExchangeCodeRequest right = Parts(uri);
  right.browser_state = uri.state;
  right.subject = "user-1";
  EXPECT_TRUE(Exchange(right).ok());
}

TEST_F(LoginsExchangeTest, AFinishedLoginIsStillBoundToItsBrowser) {
  const LoginUri uri = Begin();
  ASSERT_TRUE(Exchange(Parts(uri)).ok());
  ExchangeCodeRequest other_browser = Parts(uri);
  other_browser.browser_state = "other";
  EXPECT_EQ(Why(Exchange(other_browser)), "LOGIN_NOT_BOUND");
}

TEST_F(LoginsExchangeTest, RefusesAnotherIssuerBeforeTheProviderIsAsked) {
  ConfigureOpenId();
  const LoginUri uri = Begin();
  ExchangeCodeRequest mixed_up = Parts(uri);
  mixed_up.issuer = "https://evil.example.com";
  EXPECT_EQ(Why(Exchange(mixed_up)), "ISSUER_MISMATCH");
  EXPECT_TRUE(endpoint_.exchanges().empty());
  ExchangeCodeRequest right = Parts(uri);
  right.issuer = kIssuer;
  endpoint_.AnswerExchange(OpenIdAnswer(uri, "alice"));
  EXPECT_TRUE(Exchange(right).ok());
}

TEST_F(LoginsExchangeTest, RequiresTheIssuerThatTheMetadataAnnounces) {
  ProviderConfig config = PlainProvider();
  config.issuer = kIssuer;
  auto provider = std::make_shared<ResolvedProvider>(*Resolved(config));
  provider->issuer_required = true;
  resolver_.Set(provider);
  const LoginUri uri = Begin();
  EXPECT_EQ(Why(Exchange(Parts(uri))), "ISSUER_MISMATCH");
  ExchangeCodeRequest right = Parts(uri);
  right.issuer = kIssuer;
  EXPECT_TRUE(Exchange(right).ok());
}

TEST_F(LoginsExchangeTest, DoesNotPresentACodeAsAnotherClient) {
  const LoginUri uri = Begin();
  ProviderConfig config = PlainProvider();
  config.client_id = "client-2";
  Configure(config);
  const Result refused = Exchange(Parts(uri));
  EXPECT_EQ(Why(refused), "CODE_REJECTED");
  EXPECT_EQ(RefusalOf(refused.status())->cause, "client_changed");
  EXPECT_TRUE(endpoint_.exchanges().empty());
}

TEST_F(LoginsExchangeTest, DoesNotPresentACodeOfAnotherIssuer) {
  ConfigureOpenId();
  const LoginUri uri = Begin();
  ProviderConfig config = PlainProvider();
  config.issuer = "https://new.example.com";
  Configure(config);
  const Result refused = Exchange(Parts(uri));
  EXPECT_EQ(Why(refused), "CODE_REJECTED");
  EXPECT_EQ(RefusalOf(refused.status())->cause, "client_changed");
  EXPECT_TRUE(endpoint_.exchanges().empty());
}

TEST_F(LoginsExchangeTest, EveryRefusalOfAKnownLoginNamesItsProvider) {
  ConfigureOpenId();
  const LoginUri uri = Begin();
  ExchangeCodeRequest mixed_up = Parts(uri);
  mixed_up.issuer = "https://evil.example.com";
  ExchangeCodeRequest unbound = Parts(uri);
  unbound.browser_state = "other";
  ExchangeCodeRequest elsewhere;
  elsewhere.caller = "web";
  elsewhere.callback_uri = absl::StrCat("/other?code=code-1&state=", uri.state);
  for (const ExchangeCodeRequest& request : {mixed_up, unbound, elsewhere}) {
    const Result refused = Exchange(request);
    EXPECT_EQ(RefusalOf(refused.status())->provider, "music") << refused.status();
  }
}

TEST_F(LoginsExchangeTest, ARetryWithTheSameCodeGetsTheSameAnswer) {
  const LoginUri uri = Begin();
  const Result first = Exchange(Parts(uri));
  const Result again = Exchange(Parts(uri));
  ASSERT_TRUE(first.ok() && again.ok());
  EXPECT_EQ(again->grant.generation, first->grant.generation);
  EXPECT_EQ(again->token.token->access_token, first->token.token->access_token);
  EXPECT_EQ(again->caller_context, "context");
  EXPECT_EQ(endpoint_.exchanges().size(), 1u);
}

TEST_F(LoginsExchangeTest, ARetryIsGivenNoTokenThatHasExpired) {
  const LoginUri uri = Begin();
  endpoint_.AnswerExchange(TokensAnswer("access-1", "refresh-1", absl::Minutes(1)));
  const Result first = Exchange(Parts(uri));
  ASSERT_NE(first->token.token, nullptr);
  Advance(absl::Minutes(2));
  const Result again = Exchange(Parts(uri));
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->grant.generation, first->grant.generation);
  EXPECT_EQ(again->token.token, nullptr);
}

TEST_F(LoginsExchangeTest, ARetryWhileTheStoreIsAwayMayBeRepeated) {
  const LoginUri uri = Begin();
  ASSERT_TRUE(Exchange(Parts(uri)).ok());
  store_.faults().Inject(StoreVerb::kLoad, {StoreFault::What::kUnavailable, {}});
  EXPECT_EQ(Why(Exchange(Parts(uri))), "STORE_UNAVAILABLE");
  EXPECT_TRUE(Exchange(Parts(uri)).ok());
}

TEST_F(LoginsExchangeTest, AnotherCodeDuringAnExchangeIsRefusedAtOnce) {
  const LoginUri uri = Begin();
  endpoint_.Hold();
  const Future<Result> first = Start(logins_.ExchangeCode(Parts(uri)));
  EXPECT_EQ(Why(Exchange(Parts(uri, "code-2"))), "LOGIN_ALREADY_USED");
  endpoint_.Release();
  Settle();
  EXPECT_TRUE(first->value().ok());
  EXPECT_EQ(endpoint_.exchanges().size(), 1u);
}

TEST_F(LoginsExchangeTest, AnotherCodeForAUsedLoginIsRefused) {
  const LoginUri uri = Begin();
  ASSERT_TRUE(Exchange(Parts(uri)).ok());
  EXPECT_EQ(Why(Exchange(Parts(uri, "code-2"))), "LOGIN_ALREADY_USED");
  EXPECT_EQ(endpoint_.exchanges().size(), 1u);
}

TEST_F(LoginsExchangeTest, TheSameCallbackTwiceAtOnceIsOneExchange) {
  const LoginUri uri = Begin();
  endpoint_.Hold();
  const Future<Result> first = Start(logins_.ExchangeCode(Parts(uri)));
  const Future<Result> second = Start(logins_.ExchangeCode(Parts(uri)));
  endpoint_.Release();
  Settle();
  ASSERT_TRUE(first->value().ok() && second->value().ok());
  EXPECT_EQ((*first)->value().grant.generation, (*second)->value().grant.generation);
  EXPECT_EQ(endpoint_.exchanges().size(), 1u);
}

TEST_F(LoginsExchangeTest, AnotherReplicaWaitsForTheExchangeOfTheFirst) {
  const LoginUri uri = Begin();
  endpoint_.Hold();
  BrokerParts other_parts(loop_, metrics_, config_, store_, spill_, resolver_, endpoint_, cache_,
                          jitter_);
  Logins other(other_parts, store_);
  const Future<Result> first = Start(logins_.ExchangeCode(Parts(uri)));
  const Future<Result> second = Start(other.ExchangeCode(Parts(uri)));
  Advance(absl::Seconds(3));
  EXPECT_FALSE(second->has_value());
  endpoint_.Release();
  Advance(absl::Seconds(3));
  ASSERT_TRUE(first->value().ok() && second->value().ok());
  EXPECT_EQ((*first)->value().grant.generation, (*second)->value().grant.generation);
  EXPECT_EQ(endpoint_.exchanges().size(), 1u);
  loop_.DropTasks();
}

TEST_F(LoginsExchangeTest, ARetryAfterTheGrantWasRevokedSaysSo) {
  const LoginUri uri = Begin();
  ASSERT_TRUE(Exchange(Parts(uri)).ok());
  PutGrantRequest put;
  put.kind = PutKind::kRevoke;
  put.attempt = "revoke";
  put.not_after = SteadyTime::InfiniteFuture();
  put.record.key = Request().key;
  ASSERT_EQ(Run(store_.PutGrant(put)).outcome, PutGrantAnswer::Outcome::kStored);
  EXPECT_EQ(Why(Exchange(Parts(uri))), "REAUTHORIZATION_REQUIRED");
  put.kind = PutKind::kDelete;
  put.attempt = "delete";
  ASSERT_EQ(Run(store_.PutGrant(put)).outcome, PutGrantAnswer::Outcome::kStored);
  EXPECT_EQ(Why(Exchange(Parts(uri))), "GRANT_NOT_FOUND");
}

TEST_F(LoginsExchangeTest, KeepsTheAllowListedValuesOfAnswerAndCallback) {
  ProviderConfig config = PlainProvider();
  config.attributes = {"realmId", "instance_url"};
  Configure(config);
  const LoginUri uri = Begin();
  TokenAnswer answer = TokensAnswer("access-1", "refresh-1");
  answer.tokens->attributes = {{"instance_url", "https://eu.example.com"}};
  endpoint_.AnswerExchange(answer);
  ExchangeCodeRequest request;
  request.caller = "web";
  request.callback_uri = absl::StrCat("code=code-1&realmId=42&other=x&state=", uri.state);
  const Result login = Exchange(request);
  ASSERT_TRUE(login.ok()) << login.status();
  EXPECT_EQ(login->grant.attributes,
            (std::map<std::string, std::string>{{"instance_url", "https://eu.example.com"},
                                                {"realmId", "42"}}));
}

TEST_F(LoginsExchangeTest, TheAnswersScopesReplaceTheRequested) {
  const LoginUri uri = Begin();
  TokenAnswer answer = TokensAnswer("access-1", "refresh-1");
  answer.tokens->scopes = std::vector<std::string>{"narrowed"};
  endpoint_.AnswerExchange(answer);
  const Result login = Exchange(Parts(uri));
  ASSERT_TRUE(login.ok());
  EXPECT_EQ(login->grant.scopes, (std::vector<std::string>{"narrowed"}));
}

TEST_F(LoginsExchangeTest, CountsTheLifeOfTheRefreshTokenFromTheAuthorization) {
  ProviderConfig config = PlainProvider();
  config.refresh.refresh_token_lifetime = absl::Hours(4320);
  Configure(config);
  const absl::Time sent = clock_.TimeNow();
  ASSERT_TRUE(LogIn().ok());
  EXPECT_EQ(Stored().reauthorize_at, sent + absl::Hours(4320));
}

TEST_F(LoginsExchangeTest, UsesTheClientSecretThatIsKnownToWork) {
  ProviderConfig config = PlainProvider();
  config.client_secrets = {{Secret("new"), "f-new"}, {Secret("old"), "f-old"}};
  Configure(config);
  endpoint_.AnswerExchange(
      FailedAnswer(Delivery::kAnswered, ErrorClass::kOurConfiguration, "invalid_client"));
  const LoginUri uri = Begin();
  EXPECT_EQ(Why(Exchange(Parts(uri))), "PROVIDER_MISCONFIGURED");
  // The same code is never presented again, not with the other secret either.
  EXPECT_EQ(Why(Exchange(Parts(uri))), "PROVIDER_MISCONFIGURED");
  EXPECT_EQ(endpoint_.exchanges().size(), 1u);
  EXPECT_TRUE(LogIn().ok());
  EXPECT_EQ(endpoint_.exchanges()[0].client_secret, Secret("new"));
  EXPECT_EQ(endpoint_.exchanges()[1].client_secret, Secret("old"));
}

TEST_F(LoginsExchangeTest, RisksNoCodeOnANewSecretWhileTheOlderIsKnownToWork) {
  ProviderConfig config = PlainProvider();
  config.client_secrets = {{Secret("old"), "f-old"}};
  Configure(config);
  ASSERT_TRUE(LogIn().ok());
  config.client_secrets = {{Secret("new"), "f-new"}, {Secret("old"), "f-old"}};
  Configure(config);
  ASSERT_TRUE(LogIn().ok());
  EXPECT_EQ(endpoint_.exchanges()[1].client_secret, Secret("old"));
}

TEST_F(LoginsExchangeTest, CountsEveryEndOfALogin) {
  ASSERT_TRUE(LogIn().ok());
  endpoint_.AnswerExchange(
      FailedAnswer(Delivery::kAnswered, ErrorClass::kCodeRefused, "invalid_grant"));
  ASSERT_FALSE(LogIn().ok());
  const std::string text = metrics_.Text();
  EXPECT_THAT(text, ::testing::HasSubstr(
                        "tokenbroker_logins_total{outcome=\"granted\",provider=\"music\"} 1"));
  EXPECT_THAT(text,
              ::testing::HasSubstr(
                  "tokenbroker_logins_total{outcome=\"code_rejected\",provider=\"music\"} 1"));
}

}  // namespace
}  // namespace tokenbroker

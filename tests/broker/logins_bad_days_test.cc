#include <gmock/gmock.h>

#include "broker/token_broker.h"
#include "tests/broker/login_test.h"

namespace tokenbroker {
namespace {

class LoginsBadDaysTest : public LoginTest {
 protected:
  Result LogInWithAnswer(TokenAnswer answer) {
    endpoint_.AnswerExchange(std::move(answer));
    last_ = Begin();
    return Exchange(Parts(last_));
  }
  // Whether the login of LogInWithAnswer is over: the same answer, and no second presentation.
  void ExpectFinal(const Result& first) {
    const size_t presented = endpoint_.exchanges().size();
    EXPECT_EQ(Exchange(Parts(last_)).status(), first.status());
    EXPECT_EQ(endpoint_.exchanges().size(), presented);
  }
  ExchangeCodeRequest ErrorCallback(const LoginUri& login, std::string error) {
    ExchangeCodeRequest request = Parts(login, "");
    request.error = std::move(error);
    return request;
  }

  LoginUri last_;
};

TEST_F(LoginsBadDaysTest, ARejectedCodeIsTheLoginsEnd) {
  const Result refused =
      LogInWithAnswer(FailedAnswer(Delivery::kAnswered, ErrorClass::kCodeRefused, "invalid_grant"));
  EXPECT_EQ(Why(refused), "CODE_REJECTED");
  EXPECT_EQ(RefusalOf(refused.status())->provider_error, "invalid_grant");
  EXPECT_EQ(RefusalOf(refused.status())->caller_context, "context");
  ExpectFinal(refused);
  EXPECT_EQ(Load().outcome, LoadAnswer::Outcome::kNotFound);
}

TEST_F(LoginsBadDaysTest, AnUnreachableProviderLeavesTheLoginPending) {
  const Result down = LogInWithAnswer(NotSentAnswer());
  EXPECT_EQ(Why(down), "PROVIDER_UNAVAILABLE");
  EXPECT_TRUE(RefusalOf(down.status())->retry_after.has_value());
  EXPECT_EQ(RefusalOf(down.status())->retry, Retry::kByReason);
  EXPECT_TRUE(Exchange(Parts(last_)).ok());
  EXPECT_EQ(endpoint_.exchanges().size(), 2u);
}

TEST_F(LoginsBadDaysTest, ALostAnswerIsTheLoginsEndBecauseTheCodeMayBeSpent) {
  const Result lost = LogInWithAnswer(LostAnswer());
  EXPECT_EQ(Why(lost), "LOGIN_OUTCOME_UNKNOWN");
  ExpectFinal(lost);
}

TEST_F(LoginsBadDaysTest, AProviderInTroubleIsTheLoginsEndAndSaysSo) {
  const Result trouble =
      LogInWithAnswer(FailedAnswer(Delivery::kAnswered, ErrorClass::kProviderTrouble, "http_503"));
  EXPECT_EQ(Why(trouble), "PROVIDER_UNAVAILABLE");
  EXPECT_EQ(RefusalOf(trouble.status())->cause, "new_login_needed");
  EXPECT_EQ(RefusalOf(trouble.status())->retry, Retry::kUseless);
  EXPECT_EQ(RefusalOf(trouble.status())->retry_after, absl::nullopt);
  ExpectFinal(trouble);

  const Result throttled =
      LogInWithAnswer(FailedAnswer(Delivery::kAnswered, ErrorClass::kQuota, "http_429"));
  EXPECT_EQ(Why(throttled), "PROVIDER_THROTTLED");
  ExpectFinal(throttled);
}

TEST_F(LoginsBadDaysTest, AScopeThatTheProviderDoesNotGiveIsTheCallersMistake) {
  const Result refused = LogInWithAnswer(
      FailedAnswer(Delivery::kAnswered, ErrorClass::kCallerMistake, "invalid_scope"));
  EXPECT_EQ(Why(refused), "SCOPE_INVALID");
  ExpectFinal(refused);
}

TEST_F(LoginsBadDaysTest, AWrongClientSecretFreezesTheProviderAndDeletesNothing) {
  ASSERT_TRUE(LogIn().ok());
  const Grant before = Stored();
  const Result refused = LogInWithAnswer(
      FailedAnswer(Delivery::kAnswered, ErrorClass::kOurConfiguration, "invalid_client"));
  EXPECT_EQ(Why(refused), "PROVIDER_MISCONFIGURED");
  EXPECT_EQ(Stored().generation, before.generation);
  EXPECT_TRUE(parts_.gates.For("music").IsFrozen(PlainProvider()));
}

TEST_F(LoginsBadDaysTest, OnlyARefusedClientFreezesTheProvider) {
  const std::pair<Delivery, const char*> kOthers[] = {{Delivery::kAnswered, "invalid_request"},
                                                      {Delivery::kAnswered, "http_404"},
                                                      {Delivery::kLostAnswer, "invalid_client"}};
  for (const auto& [delivery, error] : kOthers) {
    const Result refused =
        LogInWithAnswer(FailedAnswer(delivery, ErrorClass::kOurConfiguration, error));
    EXPECT_FALSE(refused.ok());
    EXPECT_FALSE(parts_.gates.For("music").IsFrozen(PlainProvider())) << error;
  }
  EXPECT_EQ(Why(LogInWithAnswer(
                FailedAnswer(Delivery::kAnswered, ErrorClass::kOurConfiguration, "http_401"))),
            "PROVIDER_MISCONFIGURED");
  EXPECT_TRUE(parts_.gates.For("music").IsFrozen(PlainProvider()));
}

TEST_F(LoginsBadDaysTest, AnErrorInTheCallbackIsTheLoginsEnd) {
  const std::pair<const char*, const char*> kErrors[] = {
      {"access_denied", "LOGIN_DENIED"},
      {"interaction_required", "LOGIN_INTERACTION_REQUIRED"},
      {"server_error", "PROVIDER_UNAVAILABLE"},
      {"invalid_scope", "SCOPE_INVALID"},
      {"unauthorized_client", "PROVIDER_MISCONFIGURED"},
  };
  for (const auto& [error, reason] : kErrors) {
    const LoginUri uri = Begin();
    const Result refused = Exchange(ErrorCallback(uri, error));
    EXPECT_EQ(Why(refused), reason) << error;
    EXPECT_EQ(RefusalOf(refused.status())->caller_context, "context");
    EXPECT_EQ(RefusalOf(refused.status())->provider_error, error);
    EXPECT_EQ(Exchange(ErrorCallback(uri, error)).status(), refused.status());
    EXPECT_EQ(Why(Exchange(Parts(uri))), "LOGIN_ALREADY_USED");
    EXPECT_EQ(Why(Exchange(ErrorCallback(uri, "another_error"))), "LOGIN_ALREADY_USED");
  }
  EXPECT_TRUE(endpoint_.exchanges().empty());
}

TEST_F(LoginsBadDaysTest, AnUnusableAccessTokenIsNoReasonToThrowTheRefreshTokenAway) {
  TokenAnswer answer = TokensAnswer("mac-token", "refresh-1");
  answer.tokens->access_token_status = absl::FailedPreconditionError("token_type");
  const Result login = LogInWithAnswer(answer);
  ASSERT_TRUE(login.ok()) << login.status();
  EXPECT_EQ(login->token.token, nullptr);
  EXPECT_EQ(Stored().refresh_token, Secret("refresh-1"));
  EXPECT_TRUE(Stored().access_token.empty());
  EXPECT_LE(*Stored().expires_at, clock_.TimeNow());
}

TEST_F(LoginsBadDaysTest, AnUnusableAccessTokenIsShownToNobody) {
  ConfigureUserinfo();
  endpoint_.AnswerAccount(Account{"", "alice"});
  TokenAnswer answer = TokensAnswer("mac-token", "refresh-1");
  answer.tokens->access_token_status = absl::FailedPreconditionError("token_type");
  ASSERT_TRUE(LogInWithAnswer(answer).ok());
  EXPECT_EQ(endpoint_.account_requests(), 0);
  EXPECT_FALSE(Stored().account.known());
}

TEST_F(LoginsBadDaysTest, AnUnusableAccessTokenAloneIsRefused) {
  TokenAnswer answer = TokensAnswer("mac-token", "");
  answer.tokens->access_token_status = absl::FailedPreconditionError("token_type");
  const Result refused = LogInWithAnswer(answer);
  EXPECT_EQ(Why(refused), "PROVIDER_MISCONFIGURED");
  EXPECT_EQ(Load().outcome, LoadAnswer::Outcome::kNotFound);
  ExpectFinal(refused);
}

TEST_F(LoginsBadDaysTest, ATokenWithoutKnownExpiryIsStoredAsSuch) {
  const Result login = LogInWithAnswer(TokensAnswer("access-1", "refresh-1", absl::nullopt));
  ASSERT_TRUE(login.ok());
  EXPECT_EQ(Stored().expires_at, absl::nullopt);
  EXPECT_EQ(Stored().refresh_at, absl::nullopt);
  EXPECT_EQ(login->token.token->life(), absl::InfiniteDuration());
}

TEST_F(LoginsBadDaysTest, ACallerWhosePatienceEndsCancelsNothing) {
  const LoginUri uri = Begin();
  endpoint_.Hold();
  const Future<Result> caller = Start(logins_.ExchangeCode(Parts(uri)));
  Advance(absl::Seconds(30));
  ASSERT_TRUE(caller->has_value());
  EXPECT_EQ(Why(**caller), "PROVIDER_UNAVAILABLE");
  EXPECT_TRUE(RefusalOf(caller->value().status())->retry_after.has_value());
  EXPECT_EQ(RefusalOf(caller->value().status())->provider, "music");
  EXPECT_EQ(logins_.in_flight(), 1u);
  endpoint_.Release();
  Settle();
  EXPECT_EQ(Stored().refresh_token, Secret("refresh-1"));
  EXPECT_TRUE(Exchange(Parts(uri)).ok());
  EXPECT_EQ(endpoint_.exchanges().size(), 1u);
}

TEST_F(LoginsBadDaysTest, TokensAreKeptUntilTheStoreTakesThem) {
  spill_.writable = false;
  const LoginUri uri = Begin();
  endpoint_.SetLatency(absl::Seconds(1));
  const Future<Result> caller = Start(logins_.ExchangeCode(Parts(uri)));
  store_.faults().InjectEverywhere({StoreFault::What::kUnavailable, {}});
  Advance(absl::Seconds(30));
  ASSERT_TRUE(caller->has_value());
  EXPECT_EQ(Why(**caller), "STORE_UNAVAILABLE");
  EXPECT_EQ(RefusalOf(caller->value().status())->provider, "music");
  Advance(absl::Hours(1));
  EXPECT_FALSE(logins_.Idle());
  EXPECT_EQ(cache_.Peek(Request().key.view()), nullptr);
  store_.faults().Heal();
  Advance(absl::Seconds(5));
  EXPECT_TRUE(logins_.Idle());
  EXPECT_EQ(Stored().refresh_token, Secret("refresh-1"));
  EXPECT_EQ(cache_.Peek(Request().key.view())->generation, Stored().generation);
}

TEST_F(LoginsBadDaysTest, ARevocationThatOvertakesTheEndOfALoginIsNotForgotten) {
  const LoginUri uri = Begin();
  store_.faults().Inject(StoreVerb::kFinishExchange, {StoreFault::What::kLostAcknowledgement});
  TokenBroker broker(parts_);  // It hears of changes.
  const Future<Result> caller = Start(logins_.ExchangeCode(Parts(uri)));
  Settle();
  ASSERT_FALSE(caller->has_value());
  PutGrantRequest revoke;
  revoke.kind = PutKind::kRevoke;
  revoke.attempt = "revoke";
  revoke.not_after = SteadyTime::InfiniteFuture();
  revoke.record.key = Request().key;
  Run(store_.PutGrant(std::move(revoke)));
  Advance(absl::Seconds(5));
  ASSERT_TRUE(caller->has_value());
  EXPECT_EQ(cache_.Peek(Request().key.view()), nullptr);
  EXPECT_EQ(parts_.announced.size(), 0u);
}

TEST_F(LoginsBadDaysTest, AnEmptyRedisIsWaitedFor) {
  const LoginUri uri = Begin();
  endpoint_.SetLatency(absl::Seconds(1));
  const Future<Result> caller = Start(logins_.ExchangeCode(Parts(uri)));
  store_.faults().BeginNoStore();
  Advance(absl::Seconds(10));
  EXPECT_FALSE(caller->has_value());
  store_.faults().EndNoStore();
  Advance(absl::Seconds(5));
  ASSERT_TRUE(caller->has_value());
  EXPECT_TRUE(caller->value().ok());
}

TEST_F(LoginsBadDaysTest, AnEmptyRedisIsWaitedForBeforeTheCodeIsPresentedToo) {
  const LoginUri uri = Begin();
  store_.faults().Inject(StoreVerb::kBeginExchange, {StoreFault::What::kNone, absl::Seconds(1)});
  const Future<Result> caller = Start(logins_.ExchangeCode(Parts(uri)));
  store_.faults().BeginNoStore();
  Advance(absl::Seconds(10));
  EXPECT_FALSE(caller->has_value());
  EXPECT_TRUE(endpoint_.exchanges().empty());
  store_.faults().EndNoStore();
  Advance(absl::Seconds(5));
  ASSERT_TRUE(caller->has_value());
  EXPECT_TRUE(caller->value().ok());
}

TEST_F(LoginsBadDaysTest, LostAcknowledgementsOfTheStorePresentNothingTwice) {
  store_.faults().Inject(StoreVerb::kBeginExchange, {StoreFault::What::kLostAcknowledgement, {}},
                         3);
  store_.faults().Inject(StoreVerb::kFinishExchange, {StoreFault::What::kLostAcknowledgement, {}},
                         3);
  const Result login = LogIn();
  ASSERT_TRUE(login.ok()) << login.status();
  EXPECT_EQ(login->grant.generation, Stored().generation);
  EXPECT_EQ(endpoint_.exchanges().size(), 1u);
}

TEST_F(LoginsBadDaysTest, AStoreThatIsAwayWhenTheBrowserComesBackIsWaitedFor) {
  const LoginUri uri = Begin();
  store_.faults().Inject(StoreVerb::kBeginExchange, {StoreFault::What::kUnavailable, {}}, 4);
  const Result login = Exchange(Parts(uri));
  EXPECT_TRUE(login.ok()) << login.status();
  store_.faults().Inject(StoreVerb::kPeekLogin, {StoreFault::What::kUnavailable, {}});
  EXPECT_EQ(Why(Exchange(Parts(uri))), "STORE_UNAVAILABLE");
}

TEST_F(LoginsBadDaysTest, AnUnsentCodeOfAStoreThatWasAwayMayBeTriedAgain) {
  store_.faults().Inject(StoreVerb::kFinishExchange, {StoreFault::What::kUnavailable, {}}, 3);
  const Result down = LogInWithAnswer(NotSentAnswer());
  EXPECT_EQ(Why(down), "PROVIDER_UNAVAILABLE");
  EXPECT_TRUE(Exchange(Parts(last_)).ok());
}

TEST_F(LoginsBadDaysTest, AReplicaThatDiedMidExchangeLeavesAnUnknownOutcome) {
  const LoginUri uri = Begin();
  BeginExchangeRequest died;
  died.state = uri.state;
  died.attempt = "of a replica that died";
  died.code_hash = Sha256("code-1");
  died.caller = "web";
  died.patience = absl::Seconds(20);
  died.not_after = SteadyTime::InfiniteFuture();
  ASSERT_EQ(Run(store_.BeginExchange(died)).outcome, BeginExchangeAnswer::Outcome::kGo);
  EXPECT_EQ(Why(Exchange(Parts(uri))), "LOGIN_OUTCOME_UNKNOWN");
  EXPECT_TRUE(endpoint_.exchanges().empty());
  EXPECT_EQ(Why(Exchange(Parts(uri, "code-2"))), "LOGIN_ALREADY_USED");
}

TEST_F(LoginsBadDaysTest, AGenerationThatIsTakenIsExceeded) {
  ASSERT_TRUE(LogIn().ok());
  const int64_t before = Stored().generation;
  // The store's clock went back: its milliseconds are below the generation.
  clock_.SetTime(clock_.TimeNow() - absl::Hours(1));
  ASSERT_TRUE(LogIn().ok());
  EXPECT_GT(Stored().generation, before);

  // A refresh that was begun has reserved the next one.
  BeginRefreshRequest refresh;
  refresh.key = Request().key;
  refresh.known_generation = Stored().generation;
  refresh.attempt = "refresh";
  refresh.not_after = SteadyTime::InfiniteFuture();
  const BeginRefreshAnswer begun = Run(store_.BeginRefresh(refresh));
  ASSERT_EQ(begun.outcome, BeginRefreshAnswer::Outcome::kGo);
  const Result login = LogIn();
  ASSERT_TRUE(login.ok()) << login.status();
  EXPECT_GT(Stored().generation, begun.next);
  EXPECT_EQ(login->grant.generation, Stored().generation);
}

TEST_F(LoginsBadDaysTest, ALoginRevivesADeadGrant) {
  ConfigureUserinfo();
  endpoint_.AnswerAccount(Account{"", "alice"});
  ASSERT_TRUE(LogIn().ok());
  BeginRefreshRequest refresh;
  refresh.key = Request().key;
  refresh.known_generation = Stored().generation;
  refresh.attempt = "refresh";
  refresh.not_after = SteadyTime::InfiniteFuture();
  ASSERT_EQ(Run(store_.BeginRefresh(refresh)).outcome, BeginRefreshAnswer::Outcome::kGo);
  FailRequest fail;
  fail.key = refresh.key;
  fail.attempt = refresh.attempt;
  fail.parent = Stored().refresh_token_generation;
  fail.outcome = Delivery::kAnswered;
  fail.error_class = ErrorClass::kGrantDead;
  fail.cause = StateReason::kProviderSaysDead;
  ASSERT_EQ(Run(store_.Fail(fail)).outcome, FailAnswer::Outcome::kOk);
  ASSERT_EQ(Stored().state, GrantState::kReauthorizationRequired);
  // The dead refresh token is not inherited, though the account is the same.
  endpoint_.AnswerExchange(TokensAnswer("access-2", ""));
  ASSERT_TRUE(LogIn().ok());
  EXPECT_EQ(Stored().state, GrantState::kActive);
  EXPECT_FALSE(Stored().refreshable());
  ASSERT_TRUE(LogIn().ok());
  EXPECT_TRUE(Stored().refreshable());
}

TEST_F(LoginsBadDaysTest, AShutdownWaitsForTheExchangesInFlight) {
  EXPECT_TRUE(Run(logins_.WaitIdle(clock_.SteadyNow())));
  const LoginUri uri = Begin();
  endpoint_.Hold();
  const Future<Result> caller = Start(logins_.ExchangeCode(Parts(uri)));
  EXPECT_FALSE(Run(logins_.WaitIdle(clock_.SteadyNow() + absl::Seconds(1))));
  const Future<bool> idle = Start(logins_.WaitIdle(SteadyTime::InfiniteFuture()));
  EXPECT_FALSE(idle->has_value());
  endpoint_.Release();
  Settle();
  ASSERT_TRUE(idle->has_value());
  EXPECT_TRUE(**idle);
  EXPECT_TRUE(caller->value().ok());
}

}  // namespace
}  // namespace tokenbroker

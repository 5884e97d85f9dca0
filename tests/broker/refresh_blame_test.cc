// Who is to blame for a refresh that brought no tokens: the provider, its configuration, the grant,
// or nobody.
#include "broker/refresh_flight.h"
#include "tests/broker/broker_test.h"

namespace tokenbroker {
namespace {

class RefreshBlameTest : public BrokerTest {};

TEST_F(RefreshBlameTest, AWrongClientSecretCondemnsNobodyAndHealsWithTheFile) {
  StoreExpired();
  endpoint_.AnswerRefresh(
      FailedAnswer(Delivery::kAnswered, ErrorClass::kOurConfiguration, "invalid_client"));
  const Refusal refusal = RefusalIn(Get());
  EXPECT_EQ(refusal.reason, Reason::kProviderMisconfigured);
  EXPECT_EQ(refusal.provider_error, "invalid_client");
  EXPECT_EQ(RefusalIn(Get()).reason, Reason::kProviderMisconfigured);
  EXPECT_EQ(Presented().size(), 1u) << "frozen";
  EXPECT_EQ(Stored().state, GrantState::kActive);
  Configure([](ProviderConfig* p) { p->client_secrets = {{Secret("mended"), "f-mended"}}; });
  EXPECT_EQ(TokenOf(Get()), "access-2");
}

TEST_F(RefreshBlameTest, ASecondSecretIsTriedInTheSameFlight) {
  Configure([](ProviderConfig* p) {
    p->client_secrets = {{Secret("new"), "f-new"}, {Secret("old"), "f-old"}};
  });
  StoreExpired();
  endpoint_.AnswerRefresh(
      FailedAnswer(Delivery::kAnswered, ErrorClass::kOurConfiguration, "invalid_client"));
  EXPECT_EQ(TokenOf(Get()), "access-2");
  EXPECT_EQ(endpoint_.refreshes()[1].client_secret.Expose(), "old");
}

TEST_F(RefreshBlameTest, AnErrorThatIsNotAboutTheSecretIsNotTriedWithASecond) {
  Configure([](ProviderConfig* p) {
    p->client_secrets = {{Secret("new"), "f-new"}, {Secret("old"), "f-old"}};
  });
  StoreExpired();
  endpoint_.AnswerRefresh(
      FailedAnswer(Delivery::kAnswered, ErrorClass::kOurConfiguration, "unauthorized_client"));
  EXPECT_EQ(RefusalIn(Get()).provider_error, "unauthorized_client");
  EXPECT_EQ(Presented().size(), 1u);
}

// ADR 30: the circuit is open since an outage of hours ago, and two grants are asked for at once.
TEST_F(RefreshBlameTest, WhoComesDuringAProbeIsServedWhenItSucceeds) {
  StoreExpired();
  const GrantKey other{"default", "spotify", "user-43"};
  Grant second = NewGrant();
  second.key = other;
  second.refresh_token = Secret("refresh-of-another");
  second.expires_at = second.refresh_at = clock_.TimeNow();
  Store(std::move(second));
  ProviderGate& gate = parts_.gates.For("spotify");
  for (int i = 0; i < 5; ++i) gate.Troubled(ErrorClass::kProviderTrouble, absl::nullopt, 1);
  Advance(absl::Hours(2));
  endpoint_.SetLatency(absl::Seconds(3));
  const Answer first = Ask();
  Settle();
  FreshTokenQuery query = Query();
  query.key = other.view();
  const Answer during = Ask(query);
  Advance(absl::Seconds(2));
  EXPECT_EQ(Presented(), std::vector<std::string>{"refresh-0"}) << "the probe alone";
  EXPECT_FALSE(during->has_value());
  Advance(absl::Seconds(5));
  EXPECT_TRUE((*first)->ok());
  EXPECT_TRUE((*during)->ok()) << (*during)->status();
}

TEST_F(RefreshBlameTest, WhoComesDuringAProbeIsRefusedWhenItFails) {
  StoreExpired();
  const GrantKey other{"default", "spotify", "user-43"};
  Grant second = NewGrant();
  second.key = other;
  second.expires_at = second.refresh_at = clock_.TimeNow();
  Store(std::move(second));
  ProviderGate& gate = parts_.gates.For("spotify");
  for (int i = 0; i < 5; ++i) gate.Troubled(ErrorClass::kProviderTrouble, absl::nullopt, 1);
  Advance(absl::Hours(2));
  endpoint_.SetLatency(absl::Seconds(3));
  endpoint_.AnswerRefresh(
      FailedAnswer(Delivery::kAnswered, ErrorClass::kProviderTrouble, "http_503"));
  Touch();
  FreshTokenQuery query = Query();
  query.key = other.view();
  const Answer during = Ask(query);
  Advance(absl::Seconds(4));
  EXPECT_EQ(RefusalIn(**during).reason, Reason::kProviderUnavailable);
  EXPECT_EQ(Presented().size(), 1u);
}

TEST_F(RefreshBlameTest, RetryAfterIsObeyed) {
  StoreExpired();
  TokenAnswer throttled = FailedAnswer(Delivery::kAnswered, ErrorClass::kQuota, "http_429");
  throttled.retry_after = absl::Minutes(2);
  endpoint_.AnswerRefresh(std::move(throttled));
  const Refusal refusal = RefusalIn(Get());
  EXPECT_EQ(refusal.reason, Reason::kProviderThrottled);
  EXPECT_GE(*refusal.retry_after, absl::Minutes(2));
  Advance(absl::Minutes(1));
  EXPECT_EQ(RefusalIn(Get()).reason, Reason::kProviderThrottled);
  Advance(absl::Minutes(1));
  EXPECT_EQ(TokenOf(Get()), "access-2");
}

TEST_F(RefreshBlameTest, AnotherClientsGrantIsServedAndNotRefreshed) {
  Grant grant = NewGrant();
  grant.client_id = "the client of last year";
  Store(std::move(grant));
  EXPECT_EQ(TokenOf(Get()), "access-0");
  Advance(absl::Hours(2));
  EXPECT_EQ(RefusalIn(Get()).cause, "client_changed");
  EXPECT_TRUE(Presented().empty());
  EXPECT_EQ(Stored().state, GrantState::kActive);
}

TEST_F(RefreshBlameTest, AProviderTakenAwayIsFrozenAndDeletesNothing) {
  Store(NewGrant());
  Touch();
  config_.Set(Snapshot());
  EXPECT_EQ(TokenOf(Get()), "access-0");
  Advance(absl::Hours(2));
  EXPECT_EQ(RefusalIn(Get()).reason, Reason::kProviderMisconfigured);
  EXPECT_EQ(Stored().state, GrantState::kActive);
}

TEST_F(RefreshBlameTest, ManyDeadGrantsAtOnceAreTheConfigurationsFault) {
  for (int i = 0; i < 30; ++i) {
    key_.subject = absl::StrCat("user-", i);
    Store(NewGrant());
    endpoint_.AnswerRefresh(
        FailedAnswer(Delivery::kAnswered, ErrorClass::kGrantDead, "invalid_grant"));
  }
  Advance(absl::Hours(2));
  int condemned = 0;
  for (int i = 0; i < 30; ++i) {
    key_.subject = absl::StrCat("user-", i);
    if (RefusalIn(Get()).reason == Reason::kReauthorizationRequired) ++condemned;
  }
  EXPECT_EQ(condemned, 20);
  EXPECT_EQ(Presented().size(), 21u) << "then the provider is frozen";
}

TEST_F(RefreshBlameTest, ARetryAfterBindsThoseWhoWaitForTheirTurn) {
  Configure([](ProviderConfig* p) { p->max_in_flight = 2; });
  endpoint_.SetLatency(absl::Milliseconds(100));
  std::vector<Answer> answers;
  for (int i = 0; i < 10; ++i) {
    key_.subject = absl::StrCat("user-", i);
    Store(NewGrant());
    TokenAnswer throttled = FailedAnswer(Delivery::kAnswered, ErrorClass::kQuota, "http_429");
    throttled.retry_after = absl::Minutes(5);
    endpoint_.AnswerRefresh(std::move(throttled));
  }
  Advance(absl::Hours(2));
  for (int i = 0; i < 10; ++i) {
    key_.subject = absl::StrCat("user-", i);
    answers.push_back(Ask());
  }
  Advance(absl::Minutes(1));
  EXPECT_EQ(Presented().size(), 2u) << "what was under way";
  for (const Answer& answer : answers) {
    EXPECT_EQ(RefusalIn(**answer).reason, Reason::kProviderThrottled);
  }
}

TEST_F(RefreshBlameTest, AFreezeBindsThoseWhoWaitForAnotherReplica) {
  StoreExpired();
  BeginRefreshRequest other;
  other.key = key_;
  other.known_generation = Stored().generation;
  other.attempt = RandomBytes(16);
  other.not_after = clock_.SteadyNow() + absl::Seconds(2);
  Run(store_.BeginRefresh(other));
  const Answer answer = Ask();
  Settle();
  parts_.gates.For("spotify").Misconfigured(provider_, provider_.client_secrets[0],
                                            "invalid_client");
  FailRequest fail;
  fail.key = key_;
  fail.attempt = other.attempt;
  fail.parent = Stored().refresh_token_generation;
  Run(store_.Fail(std::move(fail)));
  Advance(absl::Seconds(2));
  ASSERT_TRUE(answer->has_value());
  EXPECT_EQ(RefusalIn(**answer).reason, Reason::kProviderMisconfigured);
  EXPECT_TRUE(Presented().empty());
  Configure([](ProviderConfig* p) { p->client_secrets = {{Secret("mended"), "f-mended"}}; });
  EXPECT_EQ(TokenOf(Get()), "access-1") << "what was given back is no unknown rotation";
}

TEST_F(RefreshBlameTest, AnInvalidGrantThatTheStoreCannotHearCondemnsNobody) {
  StoreExpired();
  endpoint_.AnswerRefresh(
      FailedAnswer(Delivery::kAnswered, ErrorClass::kGrantDead, "invalid_grant"));
  BreakNext(StoreVerb::kFail, StoreFault::What::kUnavailable, 1000);
  const Answer answer = Ask();
  Advance(absl::Seconds(31));
  ASSERT_TRUE(answer->has_value());
  EXPECT_EQ(RefusalIn(**answer).reason, Reason::kStoreUnavailable);
}

TEST_F(RefreshBlameTest, AnInvalidGrantThatALoginOvertookServesTheLoginUnheardOf) {
  StoreExpired();
  store_.CutSubscription();
  endpoint_.AnswerRefresh(
      FailedAnswer(Delivery::kAnswered, ErrorClass::kGrantDead, "invalid_grant"));
  endpoint_.Hold();
  const Answer answer = Ask();
  Settle();
  Grant login = NewGrant();
  login.access_token = Secret("after-login");
  Store(std::move(login));
  endpoint_.Release();
  Settle();
  ASSERT_TRUE(answer->has_value());
  EXPECT_EQ(TokenOf(**answer), "after-login") << "the change message is not needed for that";
}

TEST_F(RefreshBlameTest, AnInvalidGrantOfAnAttemptThatWasTakenOverDecidesNothing) {
  Configure([](ProviderConfig* p) { p->refresh.rotation = Rotation::kNone; });
  StoreExpired();
  endpoint_.AnswerRefresh(
      FailedAnswer(Delivery::kAnswered, ErrorClass::kGrantDead, "invalid_grant"));
  endpoint_.Hold();
  BreakNext(StoreVerb::kRenew, StoreFault::What::kUnavailable, 100);
  const Answer answer = Ask();
  Advance(absl::Seconds(7));
  const Grant present = Stored();
  BeginRefreshRequest other;
  other.key = key_;
  other.known_generation = present.generation;
  other.attempt = RandomBytes(16);
  other.not_after = clock_.SteadyNow() + absl::Seconds(2);
  const BeginRefreshAnswer unknown = Run(store_.BeginRefresh(other));
  other.despite = {Despite::What::kUnknownAttempt, unknown.unknown_attempt};
  ASSERT_EQ(Run(store_.BeginRefresh(other)).outcome, BeginRefreshAnswer::Outcome::kGo);
  endpoint_.Release();
  Settle();
  ASSERT_TRUE(answer->has_value());
  EXPECT_EQ(RefusalIn(**answer).reason, Reason::kProviderUnavailable);
  EXPECT_EQ(Stored().state, GrantState::kActive);
}

TEST_F(RefreshBlameTest, AnInvalidGrantOfADeletedGrantIsNotFound) {
  StoreExpired();
  endpoint_.AnswerRefresh(
      FailedAnswer(Delivery::kAnswered, ErrorClass::kGrantDead, "invalid_grant"));
  endpoint_.Hold();
  const Answer answer = Ask();
  Settle();
  PutGrantRequest remove;
  remove.kind = PutKind::kDelete;
  remove.attempt = RandomBytes(16);
  remove.not_after = SteadyTime::InfiniteFuture();
  remove.record.key = key_;
  Run(store_.PutGrant(std::move(remove)));
  endpoint_.Release();
  Settle();
  EXPECT_EQ(RefusalIn(**answer).reason, Reason::kGrantNotFound);
}

TEST_F(RefreshBlameTest, FailuresOfAGrantAreForgottenWhenAnotherReplicaSucceeds) {
  StoreExpired();
  endpoint_.AnswerRefresh(
      FailedAnswer(Delivery::kAnswered, ErrorClass::kProviderTrouble, "http_503"));
  Touch();
  EXPECT_EQ(parts_.failures.size(), 1u);
  Store(NewGrant());
  EXPECT_TRUE(parts_.failures.empty());
}

}  // namespace
}  // namespace tokenbroker

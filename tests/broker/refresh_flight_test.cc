#include "broker/refresh_flight.h"

#include "tests/broker/broker_test.h"

namespace tokenbroker {
namespace {

// Every flight is made through the broker, as there is no other way to one.
class RefreshFlightTest : public BrokerTest {};

TEST_F(RefreshFlightTest, StoresTheRotatedTokenBeforeAnyoneIsServed) {
  StoreExpired();
  BreakNext(StoreVerb::kCommit, StoreFault::What::kUnavailable, 3);
  const Answer answer = Ask();
  Settle();
  EXPECT_FALSE(answer->has_value());
  Advance(absl::Seconds(5));
  EXPECT_EQ(TokenOf(**answer), "access-1");
  EXPECT_EQ(Stored().refresh_token.Expose(), "refresh-1");
  EXPECT_THAT(Presented(), testing::ElementsAre("refresh-0"));
}

TEST_F(RefreshFlightTest, ACommitWhoseReplyIsLostIsRepeatedAndCountsOnce) {
  StoreExpired();
  BreakNext(StoreVerb::kCommit, StoreFault::What::kLostAcknowledgement);
  const Answer answer = Ask();
  Advance(absl::Seconds(1));
  ASSERT_TRUE(answer->has_value());
  EXPECT_EQ((*answer)->value().token->generation, Stored().generation);
}

TEST_F(RefreshFlightTest, ABeginWhoseReplyIsLostIsRepeatedWithTheSameAttempt) {
  StoreExpired();
  BreakNext(StoreVerb::kBeginRefresh, StoreFault::What::kLostAcknowledgement);
  const Answer answer = Ask();
  Advance(absl::Seconds(1));
  ASSERT_TRUE(answer->has_value());
  EXPECT_EQ(TokenOf(**answer), "access-1");
}

TEST_F(RefreshFlightTest, AnAbandonedBeginIsTakenBackAndIsNoUnknownRotation) {
  StoreExpired();
  BreakNext(StoreVerb::kBeginRefresh, StoreFault::What::kLostAcknowledgement, 100);
  const Answer answer = Ask();
  Advance(absl::Seconds(5));
  EXPECT_EQ(RefusalIn(**answer).reason, Reason::kStoreUnavailable);
  EXPECT_TRUE(Presented().empty());
  store_.faults().Heal();
  Advance(absl::Seconds(1));
  EXPECT_EQ(TokenOf(Get()), "access-1");
}

TEST_F(RefreshFlightTest, TheLeaseIsRenewedWhileTheProviderIsSlow) {
  StoreExpired();
  endpoint_.SetLatency(absl::Seconds(20));
  const Answer answer = Ask();
  Advance(absl::Seconds(15));
  BeginRefreshRequest other;
  other.key = key_;
  other.known_generation = Stored().generation;
  other.attempt = RandomBytes(16);
  other.not_after = clock_.SteadyNow() + absl::Seconds(2);
  EXPECT_EQ(Run(store_.BeginRefresh(std::move(other))).outcome, BeginRefreshAnswer::Outcome::kBusy);
  Advance(absl::Seconds(10));
  EXPECT_EQ(TokenOf(**answer), "access-1");
}

TEST_F(RefreshFlightTest, ALostAnswerOfASingleUseTokenIsWaitedForWhileTheOldOneServes) {
  Store(NewGrant());
  Touch();
  Advance(absl::Minutes(56));
  endpoint_.AnswerRefresh(LostAnswer());
  Touch();
  Advance(absl::Minutes(2));
  const absl::StatusOr<FreshToken> meanwhile = Get();
  EXPECT_EQ(TokenOf(meanwhile), "access-0");
  EXPECT_EQ(meanwhile->source, TokenSource::kStale);
  EXPECT_EQ(Presented().size(), 1u) << "patience: the token may have been used";
  Advance(absl::Minutes(3));
  EXPECT_EQ(TokenOf(Get()), "access-2");
  EXPECT_THAT(Presented(), testing::ElementsAre("refresh-0", "refresh-0"));
}

TEST_F(RefreshFlightTest, ASingleUseTokenThatWasUsedUpIsALostRotation) {
  Store(NewGrant());
  Touch();
  Advance(absl::Minutes(56));
  endpoint_.AnswerRefresh(LostAnswer());
  Touch();
  endpoint_.AnswerRefresh(
      FailedAnswer(Delivery::kAnswered, ErrorClass::kGrantDead, "invalid_grant"));
  Advance(absl::Minutes(6));
  EXPECT_EQ(RefusalIn(Get()).cause, "rotation_lost");
  EXPECT_EQ(Stored().state_reason, StateReason::kRotationLost);
}

TEST_F(RefreshFlightTest, ABusyAnswerDecidesNothingAboutAnUnknownRotation) {
  StoreExpired();
  endpoint_.AnswerRefresh(LostAnswer());
  Touch();
  Advance(absl::Minutes(2));
  endpoint_.AnswerRefresh(
      FailedAnswer(Delivery::kAnswered, ErrorClass::kProviderTrouble, "http_503"));
  EXPECT_EQ(RefusalIn(Get()).reason, Reason::kProviderUnavailable);
  Advance(absl::Minutes(2));
  endpoint_.AnswerRefresh(
      FailedAnswer(Delivery::kAnswered, ErrorClass::kGrantDead, "invalid_grant"));
  EXPECT_EQ(RefusalIn(Get()).cause, "rotation_lost");
}

// ADR 29.
TEST_F(RefreshFlightTest, ABusyAnswerToARetryIsNotWaitedForAsAnUnknownRotationIs) {
  StoreExpired();
  endpoint_.AnswerRefresh(LostAnswer());
  Touch();
  Advance(absl::Minutes(2));
  endpoint_.AnswerRefresh(
      FailedAnswer(Delivery::kAnswered, ErrorClass::kProviderTrouble, "http_503"));
  EXPECT_EQ(RefusalIn(Get()).reason, Reason::kProviderUnavailable);
  Advance(absl::Seconds(5));
  EXPECT_EQ(TokenOf(Get()), "access-3");
}

TEST_F(RefreshFlightTest, AProviderThatDoesNotRotateIsAskedAgainAfterALostAnswer) {
  Configure([](ProviderConfig* p) { p->refresh.rotation = Rotation::kNone; });
  StoreExpired();
  endpoint_.AnswerRefresh(LostAnswer());
  Touch();
  Advance(absl::Seconds(10));
  EXPECT_EQ(TokenOf(Get()), "access-2");
}

TEST_F(RefreshFlightTest, WhatWasNotSentIsNoUnknownRotation) {
  StoreExpired();
  endpoint_.AnswerRefresh(NotSentAnswer());
  Touch();
  Advance(absl::Seconds(10));
  EXPECT_EQ(TokenOf(Get()), "access-2");
}

TEST_F(RefreshFlightTest, ALoginDuringTheRefreshWins) {
  StoreExpired();
  endpoint_.Hold();
  const Answer answer = Ask();
  Settle();
  Grant login = NewGrant();
  login.access_token = Secret("after-login");
  login.refresh_token = Secret("refresh-login");
  Store(std::move(login));
  endpoint_.Release();
  Settle();
  EXPECT_EQ(TokenOf(**answer), "after-login");
  EXPECT_EQ(Stored().refresh_token.Expose(), "refresh-login");
  EXPECT_TRUE(endpoint_.revocations().empty()) << "that could kill the new consent";
}

TEST_F(RefreshFlightTest, AStoreThatWentBackGetsTheNewestAgain) {
  StoreExpired();
  store_.faults().Remember(key_, clock_.TimeNow());
  EXPECT_EQ(TokenOf(Get()), "access-1");
  const int64_t generation = Stored().generation;
  store_.faults().Rollback(key_);
  FreshTokenQuery query = Query();
  query.rejected_generation = generation;
  Advance(absl::Seconds(31));
  EXPECT_EQ(TokenOf(Get(query)), "access-2");
  EXPECT_THAT(Presented(), testing::ElementsAre("refresh-0", "refresh-1"));
}

TEST_F(RefreshFlightTest, AnAnswerWithoutRefreshTokenKeepsTheOldOne) {
  StoreExpired();
  endpoint_.AnswerRefresh(TokensAnswer("access-a", ""));
  EXPECT_EQ(TokenOf(Get()), "access-a");
  const Grant stored = Stored();
  EXPECT_EQ(stored.refresh_token.Expose(), "refresh-0");
  EXPECT_EQ(stored.scopes, (std::vector<std::string>{"read"})) << "absent scope: unchanged";
}

TEST_F(RefreshFlightTest, LifeCountsFromWhenTheRequestWasSent) {
  StoreExpired();
  endpoint_.SetLatency(absl::Seconds(8));
  const SteadyTime sent = clock_.SteadyNow();
  const Answer answer = Ask();
  Advance(absl::Seconds(8));
  ASSERT_TRUE(answer->has_value());
  EXPECT_EQ((*answer)->value().token->expires - sent, absl::Hours(1));
}

TEST_F(RefreshFlightTest, AnUnusableAccessTokenDoesNotLoseTheRefreshTokenBesideIt) {
  StoreExpired();
  TokenAnswer odd = TokensAnswer("bad\ntoken", "refresh-kept");
  odd.tokens->access_token_status = absl::InvalidArgumentError("control characters");
  endpoint_.AnswerRefresh(std::move(odd));
  EXPECT_EQ(RefusalIn(Get()).reason, Reason::kProviderUnavailable);
  EXPECT_EQ(Stored().refresh_token.Expose(), "refresh-kept");
  EXPECT_EQ(RefusalIn(Get()).reason, Reason::kProviderUnavailable);
  EXPECT_EQ(Presented().size(), 1u) << "not asked again at every question";
  Advance(absl::Minutes(1));
  EXPECT_EQ(TokenOf(Get()), "access-2");
}

TEST_F(RefreshFlightTest, AnotherIdentityIsStoredAndNotServed) {
  Grant grant = NewGrant();
  grant.account = {"https://issuer.example", "alice"};
  Store(std::move(grant));
  Advance(absl::Hours(2));
  TokenAnswer other = TokensAnswer("access-of-bob", "refresh-of-bob");
  IdTokenClaims claims;
  claims.issuer = "https://issuer.example";
  claims.subject = "bob";
  claims.audience = {"client"};
  other.tokens->id_token = claims;
  endpoint_.AnswerRefresh(std::move(other));
  EXPECT_EQ(RefusalIn(Get()).cause, "identity_changed");
  EXPECT_EQ(RefusalIn(Get()).cause, "identity_changed");
  EXPECT_EQ(Stored().refresh_token.Expose(), "refresh-of-bob");
}

TEST_F(RefreshFlightTest, WhileTheStoreSettlesTheRefreshWaits) {
  StoreExpired();
  store_.faults().BeginSettling();
  const Answer answer = Ask();
  Advance(absl::Seconds(3));
  EXPECT_TRUE(Presented().empty());
  store_.faults().EndSettling();
  Advance(absl::Seconds(1));
  EXPECT_EQ(TokenOf(**answer), "access-1");
}

TEST_F(RefreshFlightTest, AProviderThatDoesNotRotateWaitsForNoStoreToSettle) {
  Configure([](ProviderConfig* p) { p->refresh.rotation = Rotation::kNone; });
  StoreExpired();
  store_.faults().BeginSettling();
  EXPECT_EQ(TokenOf(Get()), "access-1");
}

TEST_F(RefreshFlightTest, ABeginThatIsExecutedTooLateIsMadeAgain) {
  StoreExpired();
  store_.faults().Inject(StoreVerb::kBeginRefresh, {StoreFault::What::kNone, absl::Seconds(3)});
  const Answer answer = Ask();
  Advance(absl::Milliseconds(2999));
  EXPECT_TRUE(Presented().empty());
  Advance(absl::Milliseconds(101));
  EXPECT_EQ(Presented().size(), 1u);
  EXPECT_EQ(TokenOf(**answer), "access-1");
}

TEST_F(RefreshFlightTest, ARefreshThatACallerDemandedTooEarlyAndThatFailedMakesNothingStale) {
  Store(NewGrant());
  Touch();
  Advance(absl::Minutes(30));
  endpoint_.AnswerRefresh(
      FailedAnswer(Delivery::kAnswered, ErrorClass::kProviderTrouble, "http_503"));
  FreshTokenQuery query = Query();
  query.min_ttl = absl::Minutes(50);
  EXPECT_EQ(RefusalIn(Get(query)).reason, Reason::kProviderUnavailable);
  Advance(absl::Minutes(10));
  const absl::StatusOr<FreshToken> answer = Get();
  EXPECT_EQ(answer->source, TokenSource::kCache) << "its refresh is not due";
  EXPECT_EQ(Presented().size(), 1u);
}

TEST_F(RefreshFlightTest, AReloadDuringTheFlightChangesNothingOfIt) {
  StoreExpired();
  ProviderConfig renamed = provider_;
  renamed.client_id = "the next client";
  renamed.client_secrets = {{Secret("of the next client"), "f-next"}};
  auto resolved = std::make_shared<ResolvedProvider>();
  resolved->config = std::make_shared<const ProviderConfig>(renamed);
  resolver_.Set(std::move(resolved));
  EXPECT_EQ(RefusalIn(Get()).cause, "client_changed") << "the request would be the next client's";
  EXPECT_TRUE(Presented().empty());
}

TEST_F(RefreshFlightTest, WaitsForAnotherReplicaAndServesItsToken) {
  StoreExpired();
  BeginAndDie();
  const Answer answer = Ask();
  Advance(absl::Seconds(1));
  EXPECT_FALSE(answer->has_value());
  CommitBegun("from-another-replica");
  Settle();
  ASSERT_TRUE(answer->has_value()) << "woken by the change message";
  EXPECT_EQ(TokenOf(**answer), "from-another-replica");
  EXPECT_EQ((*answer)->value().source, TokenSource::kStore);
  EXPECT_TRUE(Presented().empty());
}

}  // namespace
}  // namespace tokenbroker

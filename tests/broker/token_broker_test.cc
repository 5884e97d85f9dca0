#include "broker/token_broker.h"

#include "tests/broker/broker_test.h"
#include "tests/support/metric_value.h"

namespace tokenbroker {
namespace {

class TokenBrokerTest : public BrokerTest {};

TEST_F(TokenBrokerTest, ServesAStoredTokenAndThenTheCachedOneInline) {
  const int64_t generation = Store(NewGrant());
  const absl::StatusOr<FreshToken> first = Get();
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(first->source, TokenSource::kStore);
  EXPECT_EQ(first->token->generation, generation);
  const Answer second = Ask();
  ASSERT_TRUE(second->has_value()) << "a hit is answered before the call returns";
  EXPECT_EQ((*second)->value().source, TokenSource::kCache);
  EXPECT_TRUE(endpoint_.refreshes().empty());
}

TEST_F(TokenBrokerTest, CountsHowMuchLifeTheTokensHaveThatItHandsOut) {
  const std::string remaining = "tokenbroker_token_remaining_seconds_";
  Store(NewGrant());
  EXPECT_EQ(MetricValue(metrics_, "tokenbroker_cached_grants"), "0");
  Touch();
  EXPECT_EQ(MetricValue(metrics_, "tokenbroker_cached_grants"), "1");
  Advance(absl::Minutes(30));
  Touch();
  EXPECT_EQ(MetricValue(metrics_, remaining + "bucket{le=\"600\"}"), "0");
  EXPECT_EQ(MetricValue(metrics_, remaining + "bucket{le=\"1800\"}"), "1");
  EXPECT_EQ(MetricValue(metrics_, remaining + "bucket{le=\"3600\"}"), "2");
  EXPECT_EQ(MetricValue(metrics_, remaining + "sum"), "5400");
}

TEST_F(TokenBrokerTest, ATokenOfUnknownLifeIsLeftOutOfTheLivesThatAreCounted) {
  Grant grant = NewGrant();
  grant.expires_at.reset();
  grant.refresh_at.reset();
  Store(std::move(grant));
  EXPECT_EQ(TokenOf(Get()), "access-0");
  EXPECT_EQ(MetricValue(metrics_, "tokenbroker_token_remaining_seconds_count"), "0");
}

TEST_F(TokenBrokerTest, ADueTokenIsServedAtOnceAndRefreshedOnceBehindItsBack) {
  Store(NewGrant());
  Touch();
  Advance(absl::Minutes(56));
  for (int i = 0; i < 100; ++i) {
    const Answer answer = Ask();
    ASSERT_TRUE(answer->has_value());
    EXPECT_EQ(TokenOf(**answer), "access-0");
  }
  Settle();
  EXPECT_EQ(endpoint_.refreshes().size(), 1u);
  EXPECT_EQ(TokenOf(Get()), "access-1");
}

TEST_F(TokenBrokerTest, AThousandCallersForAnExpiredGrantMakeOneRefresh) {
  const int64_t generation = Store(NewGrant());
  Advance(absl::Hours(2));
  endpoint_.SetLatency(absl::Milliseconds(300));
  std::vector<Answer> answers;
  for (int i = 0; i < 1000; ++i) answers.push_back(Ask());
  Advance(absl::Seconds(1));
  for (const Answer& answer : answers) {
    ASSERT_TRUE(answer->has_value());
    EXPECT_EQ(TokenOf(**answer), "access-1");
    EXPECT_EQ((*answer)->value().source, TokenSource::kRefreshed);
    EXPECT_GT((*answer)->value().token->generation, generation);
  }
  EXPECT_EQ(endpoint_.refreshes().size(), 1u);
}

TEST_F(TokenBrokerTest, ACallerThatGivesUpCancelsNothing) {
  Store(NewGrant());
  Advance(absl::Hours(2));
  endpoint_.Hold();
  const Answer impatient = Ask(Query(), absl::Seconds(1));
  Advance(absl::Seconds(2));
  ASSERT_TRUE(impatient->has_value());
  EXPECT_EQ((*impatient)->status().code(), absl::StatusCode::kDeadlineExceeded);
  endpoint_.Release();
  Settle();
  EXPECT_EQ(TokenOf(Get()), "access-1");
  EXPECT_EQ(Stored().refresh_token.Expose(), "refresh-1");
}

TEST_F(TokenBrokerTest, ServesTheOldTokenAsStaleWhileRefreshingFails) {
  Store(NewGrant());
  Touch();
  Advance(absl::Minutes(56));
  endpoint_.AnswerRefresh(
      FailedAnswer(Delivery::kAnswered, ErrorClass::kProviderTrouble, "http_503"));
  Touch();
  const absl::StatusOr<FreshToken> stale = Get();
  EXPECT_EQ(TokenOf(stale), "access-0");
  EXPECT_EQ(stale->source, TokenSource::kStale);
  Advance(absl::Minutes(1));
  Touch();
  EXPECT_EQ(TokenOf(Get()), "access-2") << "tried again after its backoff";
}

TEST_F(TokenBrokerTest, AnExpiredTokenWhoseRefreshFailsIsTheProvidersFault) {
  Store(NewGrant());
  Advance(absl::Hours(2));
  endpoint_.AnswerRefresh(
      FailedAnswer(Delivery::kAnswered, ErrorClass::kProviderTrouble, "http_503"));
  const Refusal refusal = RefusalIn(Get());
  EXPECT_EQ(refusal.reason, Reason::kProviderUnavailable);
  EXPECT_TRUE(refusal.retry_after);
  const Refusal again = RefusalIn(Get());
  EXPECT_EQ(again.reason, Reason::kProviderUnavailable);
  EXPECT_EQ(endpoint_.refreshes().size(), 1u) << "the backoff binds callers too";
}

TEST_F(TokenBrokerTest, MinTtlIsAPromise) {
  Store(NewGrant());
  Touch();
  Advance(absl::Minutes(30));
  FreshTokenQuery query = Query();
  query.min_ttl = absl::Minutes(40);
  const absl::StatusOr<FreshToken> answer = Get(query);
  EXPECT_EQ(TokenOf(answer), "access-1");
  EXPECT_GT(answer->token->Remaining(clock_.SteadyNow()), absl::Minutes(40));
}

TEST_F(TokenBrokerTest, AMinTtlLongerThanANewTokensLifeCostsOneRefresh) {
  Store(NewGrant());
  Touch();
  Advance(absl::Minutes(10));
  FreshTokenQuery query = Query();
  query.min_ttl = absl::Hours(2);
  EXPECT_EQ(RefusalIn(Get(query)).reason, Reason::kMinTtlUnsatisfiable);
  Advance(absl::Minutes(10));
  EXPECT_EQ(RefusalIn(Get(query)).reason, Reason::kMinTtlUnsatisfiable);
  EXPECT_EQ(endpoint_.refreshes().size(), 1u);
}

TEST_F(TokenBrokerTest, MissingScopesAreConfirmedByTheStoreBeforeTheyAreTold) {
  Store(NewGrant());
  Touch();
  const std::vector<std::string> wanted = {"read", "write"};
  FreshTokenQuery query = Query();
  query.required_scopes = wanted;
  EXPECT_THAT(RefusalIn(Get(query)).missing_scopes, testing::ElementsAre("write"));
  Advance(absl::Seconds(1));
  Grant wider = NewGrant();
  wider.access_token = Secret("wider");
  wider.scopes = wanted;
  Store(std::move(wider));
  EXPECT_EQ(TokenOf(Get(query)), "wider");
}

TEST_F(TokenBrokerTest, ARejectedGenerationIsReplacedOnceForAllWhoComplain) {
  const int64_t generation = Store(NewGrant());
  Touch();
  Advance(absl::Minutes(5));
  FreshTokenQuery query = Query();
  query.rejected_generation = generation;
  std::vector<Answer> answers;
  for (int i = 0; i < 10; ++i) answers.push_back(Ask(query));
  Settle();
  for (const Answer& answer : answers) EXPECT_EQ(TokenOf(**answer), "access-1");
  EXPECT_EQ(TokenOf(Get(query)), "access-1") << "who comes later gets the newer one";
  EXPECT_EQ(endpoint_.refreshes().size(), 1u);
}

TEST_F(TokenBrokerTest, AYoungTokenThatIsRejectedIsNotRefreshedAgain) {
  FreshTokenQuery query = Query();
  query.rejected_generation = Store(NewGrant());
  const Refusal refusal = RefusalIn(Get(query));
  EXPECT_EQ(refusal.reason, Reason::kTokenKeepsBeingRejected);
  EXPECT_EQ(refusal.retry_after, absl::Seconds(30));
  EXPECT_TRUE(endpoint_.refreshes().empty());
}

TEST_F(TokenBrokerTest, AGenerationThatNeverWasIsRefused) {
  FreshTokenQuery query = Query();
  query.rejected_generation = Store(NewGrant()) + 1000;
  EXPECT_EQ(RefusalIn(Get(query)).reason, Reason::kGenerationUnknown);
}

TEST_F(TokenBrokerTest, AnUnknownSubjectIsNotFoundAndMayLogInLater) {
  EXPECT_EQ(RefusalIn(Get()).reason, Reason::kGrantNotFound);
  Store(NewGrant());
  EXPECT_EQ(TokenOf(Get()), "access-0") << "there is no negative cache";
}

TEST_F(TokenBrokerTest, AnUnknownProviderIsTheCallersMistake) {
  key_.provider = "nobody";
  EXPECT_EQ(RefusalIn(Get()).reason, Reason::kProviderUnknown);
}

TEST_F(TokenBrokerTest, AnotherOwnersGrantIsToldFromNoneByNothing) {
  FreshTokenQuery query = Query();
  query.required_owner = "dns:me";
  const absl::Status none = Get(query).status();
  Store(NewGrant());
  EXPECT_EQ(Get(query).status(), none);
  config_.Set(Snapshot());
  const absl::Status unknown = Get(query).status();
  EXPECT_EQ(RefusalOf(unknown)->reason, Reason::kProviderUnknown);
  query.key.subject = "nobody-ever";
  EXPECT_EQ(Get(query).status(), unknown);
}

TEST_F(TokenBrokerTest, AnInvalidSubjectIsRefusedByName) {
  key_.subject = std::string(10'000, 'x');
  const Refusal refusal = RefusalIn(Get());
  EXPECT_EQ(refusal.reason, Reason::kFieldInvalid);
  EXPECT_EQ(refusal.cause, "subject");
  key_.subject.clear();
  EXPECT_EQ(RefusalIn(Get()).cause, "subject");
}

TEST_F(TokenBrokerTest, AnEmptyStoreThatIsNotOursIsNeverNotFound) {
  store_.faults().BeginNoStore();
  EXPECT_EQ(RefusalIn(Get()).reason, Reason::kStoreUnavailable);
}

TEST_F(TokenBrokerTest, ServesFromMemoryWhileTheStoreIsDown) {
  Store(NewGrant());
  Touch();
  store_.faults().InjectEverywhere({StoreFault::What::kUnavailable, absl::ZeroDuration()});
  EXPECT_EQ(TokenOf(Get()), "access-0");
  Advance(absl::Hours(2));
  const Answer answer = Ask();
  Advance(absl::Minutes(1));
  ASSERT_TRUE(answer->has_value());
  EXPECT_EQ(RefusalIn(**answer).reason, Reason::kStoreUnavailable);
  EXPECT_TRUE(endpoint_.refreshes().empty()) << "no token is presented without a lease";
}

TEST_F(TokenBrokerTest, ADeadGrantIsServedStaleAndThenAsksForALogin) {
  Store(NewGrant());
  Touch();
  Advance(absl::Minutes(56));
  endpoint_.AnswerRefresh(
      FailedAnswer(Delivery::kAnswered, ErrorClass::kGrantDead, "invalid_grant"));
  Touch();
  const absl::StatusOr<FreshToken> stale = Get();
  EXPECT_EQ(TokenOf(stale), "access-0");
  EXPECT_EQ(stale->source, TokenSource::kStale);
  Advance(absl::Minutes(4));
  const Refusal refusal = RefusalIn(Get());
  EXPECT_EQ(refusal.reason, Reason::kReauthorizationRequired);
  EXPECT_EQ(refusal.cause, "provider_says_dead");
  EXPECT_EQ(refusal.provider_error, "invalid_grant");
  EXPECT_EQ(endpoint_.refreshes().size(), 1u);
  EXPECT_EQ(Stored().refresh_token.Expose(), "refresh-0") << "kept until a new login";
}

TEST_F(TokenBrokerTest, ALoginRevivesADeadGrant) {
  Store(NewGrant());
  Advance(absl::Hours(2));
  endpoint_.AnswerRefresh(
      FailedAnswer(Delivery::kAnswered, ErrorClass::kGrantDead, "invalid_grant"));
  EXPECT_EQ(RefusalIn(Get()).reason, Reason::kReauthorizationRequired);
  Grant again = NewGrant();
  again.access_token = Secret("after-login");
  Store(std::move(again));
  EXPECT_EQ(TokenOf(Get()), "after-login");
}

TEST_F(TokenBrokerTest, AnInvalidGrantThatLostARaceServesTheNewerToken) {
  Store(NewGrant());
  Advance(absl::Hours(2));
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
  EXPECT_EQ(TokenOf(**answer), "after-login");
  EXPECT_EQ(Stored().state, GrantState::kActive);
}

TEST_F(TokenBrokerTest, WithoutARefreshTokenAnExpiredGrantAsksForALogin) {
  Grant grant = NewGrant();
  grant.refresh_token = Secret();
  Store(std::move(grant));
  EXPECT_EQ(TokenOf(Get()), "access-0");
  Advance(absl::Hours(1));
  EXPECT_EQ(RefusalIn(Get()).cause, "no_refresh_token");
  EXPECT_TRUE(endpoint_.refreshes().empty());
}

TEST_F(TokenBrokerTest, ARevokedGrantIsNotServedFromAnyMemory) {
  Store(NewGrant());
  Touch();
  Bury(PutKind::kRevoke);
  EXPECT_EQ(RefusalIn(Get()).cause, "revoked");
}

TEST_F(TokenBrokerTest, ADeletedGrantIsNotFound) {
  Store(NewGrant());
  Touch();
  Bury(PutKind::kDelete);
  EXPECT_EQ(RefusalIn(Get()).reason, Reason::kGrantNotFound);
}

TEST_F(TokenBrokerTest, AWallClockThatJumpsChangesNothing) {
  Store(NewGrant());
  Touch();
  clock_.SetTime(clock_.TimeNow() + absl::Hours(24));
  EXPECT_EQ(TokenOf(Get()), "access-0");
  clock_.SetTime(clock_.TimeNow() - absl::Hours(48));
  EXPECT_EQ(TokenOf(Get()), "access-0");
  EXPECT_TRUE(endpoint_.refreshes().empty());
}

TEST_F(TokenBrokerTest, ATokenWithoutExpiryIsServedUntilItIsRejected) {
  Grant grant = NewGrant();
  grant.expires_at = absl::nullopt;
  grant.refresh_at = absl::nullopt;
  FreshTokenQuery query = Query();
  query.rejected_generation = Store(std::move(grant));
  Advance(absl::Hours(5000));
  EXPECT_EQ(TokenOf(Get()), "access-0");
  EXPECT_EQ(TokenOf(Get(query)), "access-1");
}

TEST_F(TokenBrokerTest, DrainWaitsForTheRefreshUnderWay) {
  Store(NewGrant());
  Advance(absl::Hours(2));
  endpoint_.SetLatency(absl::Seconds(3));
  Ask();
  Settle();
  EXPECT_EQ(broker_.InFlight(), 1u);
  EXPECT_FALSE(Run(broker_.Drain(clock_.SteadyNow() + absl::Seconds(1))));
  EXPECT_TRUE(Run(broker_.Drain(clock_.SteadyNow() + absl::Seconds(10))));
  EXPECT_EQ(Stored().refresh_token.Expose(), "refresh-1");
}

TEST_F(TokenBrokerTest, ACacheThatForgetsIsNoMissingGrant) {
  TokenCache tiny(1);
  BrokerParts parts(loop_, metrics_, config_, store_, spill_, resolver_, endpoint_, tiny, jitter_);
  TokenBroker broker(parts);
  Settle();
  std::vector<absl::StatusOr<FreshToken>> answers;
  for (int i = 0; i < 3; ++i) {
    key_.subject = absl::StrCat("user-", i);
    Store(NewGrant());
  }
  for (int i = 0; i < 3; ++i) {
    const std::string subject = absl::StrCat("user-", i);
    FreshTokenQuery query = Query();
    query.key.subject = subject;
    broker.GetFreshToken(
        query, clock_.SteadyNow() + absl::Minutes(1),
        [&answers](absl::StatusOr<FreshToken> a) { answers.push_back(std::move(a)); });
  }
  Settle();
  ASSERT_EQ(answers.size(), 3u);
  for (const absl::StatusOr<FreshToken>& answer : answers) EXPECT_EQ(TokenOf(answer), "access-0");
  loop_.DropTasks();
}

TEST_F(TokenBrokerTest, ARefusalThatTheStoreCannotConfirmIsNotTold) {
  Store(NewGrant());
  Touch();
  Advance(absl::Minutes(56));
  endpoint_.AnswerRefresh(
      FailedAnswer(Delivery::kAnswered, ErrorClass::kGrantDead, "invalid_grant"));
  Touch();
  store_.CutSubscription();
  Settle();
  store_.faults().InjectEverywhere({StoreFault::What::kUnavailable, absl::ZeroDuration()});
  EXPECT_EQ(Get()->source, TokenSource::kStale);
  Advance(absl::Minutes(4));
  EXPECT_EQ(RefusalIn(Get()).reason, Reason::kStoreUnavailable) << "a login may have come since";
}

TEST_F(TokenBrokerTest, WaitersForARefreshAreBounded) {
  Store(NewGrant());
  Touch();
  Advance(absl::Hours(2));
  endpoint_.Hold();
  std::vector<Answer> waiting;
  for (size_t i = 0; i < kMaxWaitersPerGrant; ++i) waiting.push_back(Ask());
  Settle();
  const Refusal refusal = RefusalIn(Get());
  EXPECT_EQ(refusal.reason, Reason::kQuotaExceeded);
  EXPECT_TRUE(refusal.retry_after);
  EXPECT_FALSE(waiting.back()->has_value());
}

TEST_F(TokenBrokerTest, WaitersForTheStoreAreBounded) {
  store_.faults().Inject(StoreVerb::kLoad, {StoreFault::What::kNone, absl::Minutes(1)});
  std::vector<Answer> waiting;
  for (size_t i = 0; i < kMaxWaitersPerGrant; ++i) waiting.push_back(Ask());
  Settle();
  EXPECT_EQ(RefusalIn(Get()).reason, Reason::kQuotaExceeded);
  EXPECT_FALSE(waiting.back()->has_value());
}

TEST_F(TokenBrokerTest, NoRefreshAheadOfNeedIsBegunInAShutdown) {
  Store(NewGrant());
  Touch();
  Advance(absl::Minutes(56));
  refresher_.Stop();
  Touch();
  EXPECT_EQ(TokenOf(Get()), "access-0");
  EXPECT_TRUE(endpoint_.refreshes().empty()) << "it might not end in time";
  Advance(absl::Minutes(5));
  EXPECT_EQ(TokenOf(Get()), "access-1") << "who waits is served";
}

TEST_F(TokenBrokerTest, AMinTtlThatANewTokenJustMissesCostsOneRefreshToo) {
  Store(NewGrant());
  Touch();
  Advance(absl::Minutes(10));
  endpoint_.SetLatency(absl::Seconds(1));
  FreshTokenQuery query = Query();
  query.min_ttl = absl::Hours(1) - absl::Milliseconds(500);
  const Answer first = Ask(query);
  Advance(absl::Seconds(1));
  EXPECT_EQ(RefusalIn(**first).reason, Reason::kMinTtlUnsatisfiable);
  Advance(absl::Minutes(10));
  EXPECT_EQ(RefusalIn(Get(query)).reason, Reason::kMinTtlUnsatisfiable);
  EXPECT_EQ(endpoint_.refreshes().size(), 1u);
  query.min_ttl = absl::Minutes(55);
  const Answer shorter = Ask(query);
  Advance(absl::Seconds(1));
  EXPECT_EQ(TokenOf(**shorter), "access-2") << "a new token meets a shorter one";
}

TEST_F(TokenBrokerTest, WhatTheStoreHadNewerIsTheStores) {
  Store(NewGrant());
  Touch();
  store_.CutSubscription();
  Settle();
  Advance(absl::Seconds(1));
  EXPECT_EQ(Get()->source, TokenSource::kCache);
  Store(NewGrant());
  EXPECT_EQ(Get()->source, TokenSource::kStore);
}

}  // namespace
}  // namespace tokenbroker

#include "broker/refresher.h"

#include <absl/strings/numbers.h>

#include <set>

#include "tests/broker/broker_test.h"
#include "tests/support/metric_value.h"

namespace tokenbroker {
namespace {

class RefresherTest : public BrokerTest {
 protected:
  // Uses the grant once an hour, so that it is not idle.
  void LiveFor(absl::Duration d) {
    for (absl::Duration t; t < d; t += absl::Minutes(30)) {
      Touch();
      Advance(absl::Minutes(30));
    }
  }
};

TEST_F(RefresherTest, KeepsAUsedGrantFreshWithoutACaller) {
  Store(NewGrant());
  refresher_.Start();
  Advance(absl::Minutes(54));
  EXPECT_TRUE(endpoint_.refreshes().empty());
  Advance(absl::Minutes(2));
  EXPECT_EQ(endpoint_.refreshes().size(), 1u);
  EXPECT_EQ(TokenOf(Get()), "access-1");
  EXPECT_EQ(Get()->source, TokenSource::kCache);
}

TEST_F(RefresherTest, OneRefreshPerLifeForAWholeDay) {
  Store(NewGrant());
  refresher_.Start();
  LiveFor(absl::Hours(24));
  EXPECT_GE(endpoint_.refreshes().size(), 25u);
  EXPECT_LE(endpoint_.refreshes().size(), 27u);
  for (size_t i = 0; i < endpoint_.refreshes().size(); ++i) {
    EXPECT_EQ(endpoint_.refreshes()[i].refresh_token.Expose(), absl::StrCat("refresh-", i));
  }
}

TEST_F(RefresherTest, ADayOfManyGrantsPresentsEachTokenOnceAndLeavesNothingBehind) {
  constexpr int kGrants = 40;
  Configure([](ProviderConfig* p) { p->refresh.active_window = absl::Hours(48); });
  for (int i = 0; i < kGrants; ++i) {
    key_.subject = absl::StrCat("user-", i);
    Grant grant = NewGrant();
    grant.refresh_token = Secret(absl::StrCat("first-of-", i));
    Store(std::move(grant));
  }
  refresher_.Start();
  Advance(absl::Hours(24));
  const std::vector<std::string> presented = Presented();
  EXPECT_GE(presented.size(), 25u * kGrants);
  EXPECT_EQ(std::set<std::string>(presented.begin(), presented.end()).size(), presented.size());
  EXPECT_TRUE(parts_.failures.empty());
  EXPECT_EQ(broker_.InFlight(), 0u);
  EXPECT_EQ(MetricValue(metrics_, "tokenbroker_uncommitted_rotations"), "0");
}

// Its due entry comes before its refresh_at: what the provider gave can be had again for a while.
TEST_F(RefresherTest, ALostAnswerToAnEarlyRefreshIsAskedForAgainWithinTheGrace) {
  Configure([](ProviderConfig* p) {
    p->refresh.rotation = Rotation::kGrace;
    p->refresh.rotation_grace = absl::Seconds(30);
  });
  Store(NewGrant());
  Touch();
  refresher_.Start();
  Advance(absl::Minutes(5));
  endpoint_.AnswerRefresh(
      FailedAnswer(Delivery::kLostAnswer, ErrorClass::kProviderTrouble, "timeout"));
  FreshTokenQuery rejected = Query();
  rejected.rejected_generation = Stored().generation;
  const Answer answer = Ask(rejected);
  Advance(absl::Seconds(20));
  EXPECT_EQ(Presented(), (std::vector<std::string>{"refresh-0", "refresh-0"}));
}

TEST_F(RefresherTest, AnIdleGrantIsLeftAloneUntilSomebodyAsks) {
  Store(NewGrant());
  refresher_.Start();
  Advance(absl::Hours(24) + absl::Hours(6));
  const size_t while_active = endpoint_.refreshes().size();
  EXPECT_LE(while_active, 27u) << "only during the active window";
  const Answer answer = Ask();
  Advance(absl::Seconds(1));
  ASSERT_TRUE(answer->has_value());
  EXPECT_EQ(endpoint_.refreshes().size(), while_active + 1);
}

TEST_F(RefresherTest, AnIdleGrantIsKeptAliveAsOftenAsItsProviderDemands) {
  Configure([](ProviderConfig* p) { p->refresh.idle_lifetime = absl::Hours(10); });
  Configure([](ProviderConfig* p) { p->refresh.active_window = absl::Hours(1); });
  Store(NewGrant());
  refresher_.Start();
  Advance(absl::Hours(2));
  const size_t before = endpoint_.refreshes().size();
  Advance(absl::Hours(40));
  EXPECT_EQ(endpoint_.refreshes().size() - before, 5u) << "every eight hours";
}

TEST_F(RefresherTest, ABacklogOfManyIsWorkedOffWithinTheProvidersLimits) {
  Configure([](ProviderConfig* p) { p->max_in_flight = 4; });
  endpoint_.SetLatency(absl::Milliseconds(100));
  for (int i = 0; i < 40; ++i) {
    key_.subject = absl::StrCat("user-", i);
    Store(NewGrant());
  }
  Advance(absl::Minutes(56));
  refresher_.Start();
  Advance(absl::Milliseconds(110));
  EXPECT_LE(endpoint_.refreshes().size(), 8u);
  Advance(absl::Seconds(5));
  EXPECT_EQ(endpoint_.refreshes().size(), 40u);
}

TEST_F(RefresherTest, OfABacklogAsMuchIsSentAsTheProviderAnswers) {
  Configure([](ProviderConfig* p) { p->max_in_flight = 16; });
  endpoint_.SetLatency(absl::Milliseconds(2));
  for (int i = 0; i < 160; ++i) {
    key_.subject = absl::StrCat("user-", i);
    Store(NewGrant());
  }
  Advance(absl::Minutes(56));
  refresher_.Start();
  Advance(absl::Milliseconds(100));
  EXPECT_EQ(endpoint_.refreshes().size(), 160u);
}

TEST_F(RefresherTest, OfABacklogFewAtATimeAreNotClaimedAtOnce) {
  Configure([](ProviderConfig* p) { p->max_in_flight = 16; });
  const auto store_due = [this](const std::string& name, int count) {
    for (int i = 0; i < count; ++i) {
      key_.subject = absl::StrCat(name, i);
      Grant grant = NewGrant();
      grant.refresh_at = clock_.TimeNow();
      Store(std::move(grant));
    }
  };
  endpoint_.SetLatency(absl::Minutes(1));
  store_due("slow-", 14);
  refresher_.Start();
  Advance(absl::Seconds(2));
  ASSERT_EQ(endpoint_.refreshes().size(), 14u);
  // Two slots are left.
  endpoint_.SetLatency(absl::Milliseconds(2));
  store_due("quick-", 60);
  while (endpoint_.refreshes().size() == 14) Advance(absl::Milliseconds(1));
  Advance(absl::Milliseconds(100));
  EXPECT_GE(endpoint_.refreshes().size(), 20u);
  EXPECT_LE(endpoint_.refreshes().size(), 26u);
}

TEST_F(RefresherTest, SharesTheProvidersLimitsWithTheOtherReplicas) {
  Configure([](ProviderConfig* p) { p->max_in_flight = 4; });
  store_.SetLiveReplicas(4);
  endpoint_.SetLatency(absl::Seconds(10));
  for (int i = 0; i < 10; ++i) {
    key_.subject = absl::StrCat("user-", i);
    Store(NewGrant());
  }
  Advance(absl::Minutes(56));
  refresher_.Start();
  Advance(absl::Seconds(5));
  EXPECT_EQ(endpoint_.refreshes().size(), 1u);
}

TEST_F(RefresherTest, AFrozenProviderIsProbedAndNothingElse) {
  for (int i = 0; i < 10; ++i) {
    key_.subject = absl::StrCat("user-", i);
    Store(NewGrant());
  }
  for (int i = 0; i < 100; ++i) {
    endpoint_.AnswerRefresh(
        FailedAnswer(Delivery::kAnswered, ErrorClass::kOurConfiguration, "invalid_client"));
  }
  Configure([](ProviderConfig* p) { p->max_in_flight = 1; });
  Advance(absl::Minutes(56));
  refresher_.Start();
  Advance(absl::Minutes(5));
  EXPECT_GE(endpoint_.refreshes().size(), 3u);
  EXPECT_LE(endpoint_.refreshes().size(), 7u);
}

TEST_F(RefresherTest, AProvidersOutageIsOverWhenItAnswersAgain) {
  Store(NewGrant());
  for (int i = 0; i < 4; ++i) {
    endpoint_.AnswerRefresh(
        FailedAnswer(Delivery::kAnswered, ErrorClass::kProviderTrouble, "http_503"));
  }
  refresher_.Start();
  LiveFor(absl::Hours(1));
  Advance(absl::Minutes(5));
  EXPECT_EQ(endpoint_.refreshes().size(), 5u);
  EXPECT_EQ(Stored().refresh_token.Expose(), "refresh-5");
}

TEST_F(RefresherTest, AfterARollbackTheNewerTokenInMemoryCounts) {
  Store(NewGrant());
  Touch();
  Advance(absl::Minutes(56));
  store_.faults().Remember(key_, clock_.TimeNow());
  Touch();
  Advance(absl::Minutes(50));
  store_.faults().Rollback(key_);
  refresher_.Start();
  Advance(absl::Minutes(9));
  EXPECT_EQ(endpoint_.refreshes().size(), 1u) << "what the store has was presented before";
  EXPECT_EQ(TokenOf(Get()), "access-1");
}

TEST_F(RefresherTest, StopsClaimingWhenItIsTold) {
  Store(NewGrant());
  refresher_.Start();
  refresher_.Stop();
  Advance(absl::Hours(3));
  EXPECT_TRUE(endpoint_.refreshes().empty());
}

TEST_F(RefresherTest, WhatThisReplicaLearnsAboutAProviderIsPublished) {
  Store(NewGrant());
  TokenAnswer throttled = FailedAnswer(Delivery::kAnswered, ErrorClass::kQuota, "http_429");
  throttled.retry_after = absl::Minutes(10);
  endpoint_.AnswerRefresh(std::move(throttled));
  refresher_.Start();
  Advance(absl::Minutes(57));
  const ProviderStateAnswer answer = Run(store_.GetProviderState("spotify"));
  EXPECT_GT(answer.state.not_before, clock_.TimeNow());
  EXPECT_EQ(answer.state.backoff_class, ErrorClass::kQuota);
}

TEST_F(RefresherTest, APublicationThatTheStoreDidNotTakeIsRepeated) {
  ProviderGate& gate = parts_.gates.For("spotify");
  gate.Misconfigured(provider_, provider_.client_secrets[0], "invalid_client");
  store_.faults().Inject(StoreVerb::kSetProviderState,
                         {StoreFault::What::kUnavailable, absl::ZeroDuration()}, 2);
  refresher_.Start();
  Advance(absl::Seconds(5));
  EXPECT_TRUE(gate.IsFrozen(provider_));
  EXPECT_EQ(Run(store_.GetProviderState("spotify")).state.frozen_fingerprint, "f-secret");
}

TEST_F(RefresherTest, WhatAnotherReplicaPublishedIsKeptWhenThisOnePublishes) {
  ProviderState freeze;
  freeze.frozen_fingerprint = "f-secret";
  freeze.frozen_error = "invalid_client";
  Run(store_.SetProviderState("spotify", freeze));
  parts_.gates.For("spotify").Troubled(ErrorClass::kQuota, absl::Minutes(10), 1);
  refresher_.Start();
  Advance(absl::Seconds(2));
  const ProviderState state = Run(store_.GetProviderState("spotify")).state;
  EXPECT_EQ(state.frozen_fingerprint, "f-secret");
  EXPECT_GT(state.not_before, clock_.TimeNow() + absl::Minutes(9));
  EXPECT_TRUE(parts_.gates.For("spotify").IsFrozen(provider_));
}

TEST_F(RefresherTest, AClosedCircuitIsNotOpenedAgainByWhatWasPublishedBefore) {
  ProviderGate& gate = parts_.gates.For("spotify");
  for (int i = 0; i < 9; ++i) gate.Troubled(ErrorClass::kProviderTrouble, absl::nullopt, 1);
  refresher_.Start();
  Advance(absl::Seconds(2));
  gate.Succeeded(provider_, provider_.client_secrets[0]);
  Advance(absl::Seconds(2));
  EXPECT_TRUE(gate.MayCall(provider_));
  EXPECT_LE(Run(store_.GetProviderState("spotify")).state.not_before, clock_.TimeNow());
}

// Two replicas read the provider's state, and then both write what they learned.
TEST_F(RefresherTest, WhatAnotherReplicaLearnedMeanwhileIsNotOverwritten) {
  Store(NewGrant());
  refresher_.Start();
  Advance(absl::Seconds(1));
  ProviderState frozen;
  frozen.frozen_fingerprint = "f-of-another-secret";
  frozen.frozen_at = clock_.TimeNow();
  parts_.gates.For("spotify").Troubled(ErrorClass::kQuota, absl::Seconds(1), 1);
  // It is stored after this replica has read, and before it writes.
  store_.faults().Inject(StoreVerb::kSetProviderState,
                         {StoreFault::What::kNone, absl::Milliseconds(500)});
  Advance(absl::Seconds(1));
  Run(store_.SetProviderState("spotify", frozen));
  Advance(absl::Seconds(1));
  EXPECT_EQ(Run(store_.GetProviderState("spotify")).state.frozen_fingerprint,
            "f-of-another-secret");
}

TEST_F(RefresherTest, AnIdleGrantWithAnUnknownRotationIsPutOffToo) {
  Configure([](ProviderConfig* p) { p->refresh.idle_lifetime = absl::Hours(1000); });
  Store(NewGrant());
  Advance(absl::Hours(30));
  BeginAndDie();
  Advance(kLease + absl::Seconds(1));
  refresher_.Start();
  Advance(absl::Minutes(2));
  EXPECT_TRUE(endpoint_.refreshes().empty());
  refresher_.Stop();
  Advance(kClaimPush);
  EXPECT_THAT(Run(store_.ClaimDue("spotify", 10, kClaimPush)).due, testing::IsEmpty())
      << "it does not come back every half minute";
}

TEST_F(RefresherTest, PuttingOffAnIdleGrantUnheardIsNoUnknownRotation) {
  Configure([](ProviderConfig* p) { p->refresh.active_window = absl::Minutes(10); });
  Store(NewGrant());
  Advance(absl::Minutes(55) + absl::Seconds(31));
  store_.faults().Inject(StoreVerb::kBeginRefresh,
                         {StoreFault::What::kLostAcknowledgement, absl::ZeroDuration()});
  refresher_.Start();
  Advance(absl::Seconds(10));
  EXPECT_TRUE(endpoint_.refreshes().empty());
  FreshTokenQuery query = Query();
  query.min_ttl = absl::Minutes(30);
  EXPECT_EQ(TokenOf(Get(query)), "access-1") << "nobody has sent the token";
}

TEST_F(RefresherTest, AShutdownWaitsForAGrantThatIsBeingPutOff) {
  Configure([](ProviderConfig* p) { p->refresh.active_window = absl::Minutes(10); });
  Store(NewGrant());
  Advance(absl::Minutes(56));
  store_.faults().Inject(StoreVerb::kFail, {StoreFault::What::kNone, absl::Seconds(3)});
  refresher_.Start();
  Advance(absl::Milliseconds(100));
  EXPECT_FALSE(Run(broker_.Drain(clock_.SteadyNow() + absl::Seconds(1))));
  EXPECT_TRUE(Run(broker_.Drain(clock_.SteadyNow() + absl::Seconds(10))));
}

TEST_F(RefresherTest, AWallClockThatJumpsStartsNoStormAndStopsNothing) {
  for (int i = 0; i < 20; ++i) {
    key_.subject = absl::StrCat("user-", i);
    Store(NewGrant());
  }
  refresher_.Start();
  clock_.SetTime(clock_.TimeNow() + absl::Hours(2));
  Advance(absl::Minutes(5));
  EXPECT_TRUE(endpoint_.refreshes().empty());
  clock_.SetTime(clock_.TimeNow() - absl::Hours(48));
  Advance(absl::Minutes(5));
  EXPECT_TRUE(endpoint_.refreshes().empty());
  Advance(absl::Minutes(46));
  EXPECT_EQ(endpoint_.refreshes().size(), 20u);
}

// Of a store on another machine.
class BehindClock : public Clock {
 public:
  explicit BehindClock(const Clock& clock) : clock_(clock) {}
  absl::Time TimeNow() const override { return clock_.TimeNow() - absl::Hours(30); }
  SteadyTime SteadyNow() const override { return clock_.SteadyNow(); }

 private:
  const Clock& clock_;
};

TEST_F(RefresherTest, LastUsesAndPausesAreInTheStoresClock) {
  BehindClock behind(clock_);
  MemoryStore store(loop_, behind);
  TokenCache cache(10);
  BrokerParts parts(loop_, metrics_, config_, store, spill_, resolver_, endpoint_, cache, jitter_);
  TokenBroker broker(parts);
  Refresher refresher(parts, broker);
  PutGrantRequest put;
  put.kind = PutKind::kLogin;
  put.attempt = "login";
  put.generation = 1;
  put.not_after = SteadyTime::InfiniteFuture();
  put.record = NewGrant();
  put.record.issued_at = put.record.authorized_at = put.record.last_used_at = behind.TimeNow();
  put.record.expires_at = behind.TimeNow() + absl::Hours(1);
  put.record.refresh_at = behind.TimeNow() + absl::Minutes(55);
  Run(store.PutGrant(std::move(put)));
  refresher.Start();
  Advance(absl::Minutes(1));
  broker.GetFreshToken(Query(), SteadyTime::InfiniteFuture(), [](absl::StatusOr<FreshToken>) {});
  Advance(absl::Seconds(20));
  const absl::Time used = Run(store.Load(key_)).grant->last_used_at;
  EXPECT_LE(used, behind.TimeNow());
  EXPECT_GE(used, behind.TimeNow() - absl::Seconds(20));
  const std::string help = "How far the store's clock is ahead of this machine's, in seconds.";
  EXPECT_NEAR(metrics_.Gauge("tokenbroker_store_clock_skew_seconds", help).Value(), -30 * 3600, 1);
  loop_.DropTasks();
}

}  // namespace
}  // namespace tokenbroker

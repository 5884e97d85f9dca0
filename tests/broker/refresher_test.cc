#include "broker/refresher.h"

#include "tests/broker/broker_test.h"

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

TEST_F(RefresherTest, AnIdleGrantIsLeftAloneUntilSomebodyAsks) {
  Store(NewGrant());
  refresher_.Start();
  Advance(absl::Hours(24 * 3));
  const size_t in_three_days = endpoint_.refreshes().size();
  EXPECT_LE(in_three_days, 27u) << "only during the active window";
  const Answer answer = Ask();
  Advance(absl::Seconds(1));
  ASSERT_TRUE(answer->has_value());
  EXPECT_EQ(endpoint_.refreshes().size(), in_three_days + 1);
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

}  // namespace
}  // namespace tokenbroker

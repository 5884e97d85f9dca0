#include <absl/strings/str_cat.h>

#include "broker/refresher.h"
#include "tests/broker/broker_test.h"
#include "tests/support/metric_value.h"

namespace tokenbroker {
namespace {

// Who claims what is due, when, and how much of it.
class ClaimingTest : public BrokerTest {
 protected:
  void StoreDue(int n) {
    for (int i = 0; i < n; ++i) {
      key_.subject = absl::StrCat("user-", i);
      Store(NewGrant());
    }
    Advance(absl::Minutes(56));
  }
  std::string Backlog(const std::string& what) {
    return MetricValue(metrics_, "tokenbroker_due_" + what + "{provider=\"spotify\"}");
  }
  size_t Unclaimed() {
    return Run(store_.ClaimDue("spotify", 100, absl::ZeroDuration())).due.size();
  }
};

TEST_F(ClaimingTest, OneProvidersBacklogIsNoReasonToLookAtTheOthersMoreOften) {
  Configure([](ProviderConfig* p) { p->max_in_flight = 1; });
  ProviderConfig idle = provider_;
  idle.name = "idle";
  Snapshot snapshot = *config_.Current();
  snapshot.providers[idle.name] = std::make_shared<const ProviderConfig>(idle);
  config_.Set(std::move(snapshot));
  StoreDue(40);
  endpoint_.SetLatency(absl::Milliseconds(500));
  refresher_.Start();
  Advance(absl::Seconds(1));
  const int looks = store_.faults().calls(StoreVerb::kClaimDue);
  const int readings = store_.faults().calls(StoreVerb::kGetProviderState);
  Advance(absl::Seconds(10));
  // One look at each a second, and a claim for each refresh.
  EXPECT_LE(store_.faults().calls(StoreVerb::kClaimDue) - looks, 55);
  EXPECT_GE(endpoint_.refreshes().size(), 20u);
  // What replicas tell each other is heard at least once a second.
  EXPECT_LE(store_.faults().calls(StoreVerb::kGetProviderState) - readings, 35);
  EXPECT_GE(store_.faults().calls(StoreVerb::kGetProviderState) - readings, 16);
}

TEST_F(ClaimingTest, ABacklogKeepsAFastProviderBusy) {
  Configure([](ProviderConfig* p) { p->max_in_flight = 4; });
  StoreDue(100);
  endpoint_.SetLatency(absl::Milliseconds(3));
  refresher_.Start();
  Advance(absl::Seconds(1));
  EXPECT_EQ(endpoint_.refreshes().size(), 100u);
}

// Nothing of them is sent, and those that are used lie behind them.
TEST_F(ClaimingTest, ManyIdleGrantsAreOutOfTheWayAtOnce) {
  Configure([](ProviderConfig* p) {
    p->max_in_flight = 4;
    p->refresh.active_window = absl::Minutes(10);
  });
  StoreDue(100);
  refresher_.Start();
  Advance(absl::Seconds(2));
  EXPECT_EQ(Unclaimed(), 0u);
  EXPECT_EQ(Backlog("grants"), "0");
  EXPECT_TRUE(endpoint_.refreshes().empty());
}

TEST_F(ClaimingTest, AReplicaThatCouldKeepNoAnswerLeavesTheWorkToOthers) {
  Configure([](ProviderConfig* p) { p->refresh.rotation = Rotation::kSingleUse; });
  StoreDue(10);
  spill_.writable = false;
  refresher_.Start();
  Advance(absl::Seconds(2));
  EXPECT_EQ(Unclaimed(), 10u);
  EXPECT_EQ(Backlog("grants"), "10") << "it is looked at all the same";
  spill_.writable = true;
  Advance(absl::Seconds(2));
  EXPECT_EQ(endpoint_.refreshes().size(), 10u);
}

// The resolver does not know the provider's endpoints yet.
TEST_F(ClaimingTest, WhatCannotBeSentYetIsNotClaimedAsFastAsItFails) {
  Configure([](ProviderConfig* p) { p->max_in_flight = 4; });
  StoreDue(100);
  resolver_.Fail("spotify", absl::UnavailableError("no discovery document"));
  refresher_.Start();
  Advance(absl::Seconds(5));
  EXPECT_GE(Unclaimed(), 70u);
}

TEST_F(ClaimingTest, AnOpenCircuitIsProbedWithOneGrant) {
  StoreDue(10);
  ProviderGate& gate = parts_.gates.For("spotify");
  for (int i = 0; i < 5; ++i) gate.Troubled(ErrorClass::kProviderTrouble, absl::nullopt, 1);
  endpoint_.SetLatency(absl::Seconds(4));
  refresher_.Start();
  while (endpoint_.refreshes().empty()) Advance(absl::Milliseconds(10));
  Advance(absl::Seconds(3));
  EXPECT_EQ(endpoint_.refreshes().size(), 1u);
  EXPECT_EQ(Unclaimed(), 9u) << "what may not be sent is not claimed";
  Advance(absl::Seconds(10));
  EXPECT_EQ(endpoint_.refreshes().size(), 10u);
}

// A replica claims, presents the token and dies. Nobody asks for the grant, and the provider takes
// the old token for half a minute.
TEST_F(ClaimingTest, WhatADeadReplicaClaimedComesBackWithinTheGrace) {
  Configure([](ProviderConfig* p) {
    p->refresh.rotation = Rotation::kGrace;
    p->refresh.rotation_grace = absl::Seconds(30);
    p->request_timeout = absl::Seconds(2);
  });
  StoreDue(1);
  TokenCache cache(10);
  BrokerParts parts(loop_, metrics_, config_, store_, spill_, resolver_, endpoint_, cache, jitter_);
  TokenBroker broker(parts);
  Refresher dying(parts, broker);
  endpoint_.Hold();
  dying.Start();
  Advance(absl::Seconds(2));
  ASSERT_EQ(endpoint_.refreshes().size(), 1u);
  dying.Stop();
  store_.faults().Inject(StoreVerb::kRenew, {StoreFault::What::kUnavailable}, 1'000'000);
  refresher_.Start();
  Advance(absl::Seconds(20));
  EXPECT_GE(endpoint_.refreshes().size(), 2u) << "in time for the old token to be taken";
  loop_.DropTasks();
}

TEST_F(ClaimingTest, ShowsABacklogAlsoWhileNothingMayBeClaimed) {
  StoreDue(10);
  parts_.gates.For("spotify").Troubled(ErrorClass::kQuota, absl::Minutes(10), 1);
  refresher_.Start();
  Advance(absl::Seconds(2));
  EXPECT_EQ(Backlog("grants"), "10");
  Advance(absl::Minutes(9));
  EXPECT_TRUE(endpoint_.refreshes().empty());
  double lag = 0;
  ASSERT_TRUE(absl::SimpleAtod(Backlog("lag_seconds"), &lag));
  EXPECT_GE(lag, 600) << "due a minute before, and nine minutes ago";
  Advance(absl::Minutes(2));
  EXPECT_EQ(endpoint_.refreshes().size(), 10u);
  EXPECT_EQ(Backlog("grants"), "0");
  EXPECT_EQ(Backlog("lag_seconds"), "0");
}

TEST_F(ClaimingTest, ABacklogIsLookedAtOnceASecondWhileNoPlaceIsFree) {
  StoreDue(10);
  Configure([](ProviderConfig* p) { p->max_in_flight = 1; });
  endpoint_.Hold();
  refresher_.Start();
  Advance(absl::Seconds(2));
  ASSERT_EQ(endpoint_.refreshes().size(), 1u);
  EXPECT_EQ(Backlog("grants"), "9");
  const int before = store_.faults().calls(StoreVerb::kClaimDue);
  Advance(absl::Seconds(10));
  EXPECT_LE(store_.faults().calls(StoreVerb::kClaimDue) - before, 10);
  EXPECT_GE(store_.faults().calls(StoreVerb::kClaimDue) - before, 8);
  endpoint_.Release();
}

TEST_F(ClaimingTest, NoMoreIsClaimedThanTheRateAllowsToSend) {
  StoreDue(30);
  Configure([](ProviderConfig* p) { p->requests_per_second = 0.1; });
  refresher_.Start();
  Advance(absl::Seconds(5));
  EXPECT_EQ(Unclaimed(), 28u);
}

// The claim saw the grant before a caller brought its refresh about, and is heard of after that.
TEST_F(ClaimingTest, AGrantThatIsRefreshedAfterItWasClaimedIsLeftAlone) {
  Store(NewGrant());
  Touch();
  Advance(absl::Minutes(56));
  store_.faults().Inject(StoreVerb::kClaimDue,
                         {StoreFault::What::kAnsweredLate, absl::Milliseconds(500)});
  refresher_.Start();
  Settle();
  Advance(absl::Milliseconds(100));
  Touch();
  EXPECT_EQ(Presented(), std::vector<std::string>{"refresh-0"});
  Advance(absl::Minutes(50));
  EXPECT_EQ(Presented(), std::vector<std::string>{"refresh-0"});
  Advance(absl::Minutes(10));
  EXPECT_EQ(Presented(), (std::vector<std::string>{"refresh-0", "refresh-1"}));
}

TEST_F(ClaimingTest, AnotherReplicasRefreshOfAClaimedGrantIsTakenNotRepeated) {
  Store(NewGrant());
  Advance(absl::Minutes(56));
  store_.faults().Inject(StoreVerb::kBeginRefresh,
                         {StoreFault::What::kNone, absl::Milliseconds(500)});
  refresher_.Start();
  Settle();
  BeginAndDie();
  CommitBegun("from-another-replica");
  Advance(absl::Minutes(1));
  EXPECT_TRUE(endpoint_.refreshes().empty());
  EXPECT_EQ(TokenOf(Get()), "from-another-replica");
}

// The claim shows less than this replica stored itself: the successor is put back, and is what is
// presented next, when it is due.
TEST_F(ClaimingTest, AClaimThatShowsThatTheStoreWentBackPresentsNoOlderToken) {
  Store(NewGrant());
  Advance(absl::Minutes(56));
  store_.faults().Remember(key_, clock_.TimeNow());
  Touch();
  EXPECT_EQ(Presented(), std::vector<std::string>{"refresh-0"});
  Advance(absl::Seconds(1));
  store_.faults().Rollback(key_);
  refresher_.Start();
  Advance(absl::Seconds(30));
  EXPECT_EQ(Presented(), std::vector<std::string>{"refresh-0"}) << "it is young";
  EXPECT_EQ(Stored().refresh_token.Expose(), "refresh-1");
  Advance(absl::Hours(1));
  EXPECT_EQ(Presented(), (std::vector<std::string>{"refresh-0", "refresh-1"}));
  EXPECT_EQ(Stored().refresh_token.Expose(), "refresh-2");
}

TEST_F(ClaimingTest, WhatIsNotTakenBackTheFirstTimeIsPutBackAgain) {
  Store(NewGrant());
  Advance(absl::Minutes(56));
  store_.faults().Remember(key_, clock_.TimeNow());
  Touch();
  Advance(absl::Seconds(1));
  store_.faults().Rollback(key_);
  store_.faults().Inject(StoreVerb::kPutGrant, {StoreFault::What::kUnavailable, {}}, 2);
  refresher_.Start();
  Advance(absl::Seconds(5));
  EXPECT_EQ(Stored().refresh_token.Expose(), "refresh-1");
  EXPECT_EQ(Presented(), std::vector<std::string>{"refresh-0"});
}

TEST_F(ClaimingTest, AClaimedGrantIsNotLoadedBeforeItsRefreshBegins) {
  Store(NewGrant());
  refresher_.Start();
  const int before = store_.faults().calls(StoreVerb::kLoad);
  Advance(absl::Minutes(56));
  EXPECT_EQ(Presented().size(), 1u);
  EXPECT_EQ(store_.faults().calls(StoreVerb::kLoad), before);
}

}  // namespace
}  // namespace tokenbroker

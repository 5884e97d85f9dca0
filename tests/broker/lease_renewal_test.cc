#include "broker/lease_renewal.h"

#include "tests/broker/broker_test.h"
#include "tests/support/metric_value.h"

namespace tokenbroker {
namespace {

class LeaseRenewalTest : public BrokerTest {
 protected:
  using Begun = BeginRefreshAnswer::Outcome;

  BeginRefreshAnswer Begin(const Attempt& attempt, Despite despite = {}) {
    BeginRefreshRequest request;
    request.key = key_;
    request.known_generation = generation_;
    request.attempt = attempt;
    request.despite = std::move(despite);
    request.not_after = SteadyTime::InfiniteFuture();
    return Run(store_.BeginRefresh(std::move(request)));
  }
  void StartRenewing() {
    generation_ = Store(NewGrant());
    store_.faults().Remember(key_, clock_.TimeNow());
    const BeginRefreshAnswer answer = Begin("ours");
    BegunRefresh begun;
    begun.attempt = "ours";
    begun.grant = *answer.grant;
    begun.parent = begun.grant->refresh_token_generation;
    begun.next = answer.next;
    begun.intent_at = answer.intent_at;
    begun.time = answer.time;
    renewal_.emplace(parts_, begun);
    Settle();
  }
  std::string Lost() {
    return MetricValue(metrics_, "tokenbroker_leases_lost_total{provider=\"spotify\"}");
  }
  bool Renewing() const { return loop_.NextTimer().has_value(); }

  int64_t generation_ = 0;
  absl::optional<LeaseRenewal> renewal_;
};

TEST_F(LeaseRenewalTest, KeepsTheLeaseUntilItIsStopped) {
  StartRenewing();
  Advance(absl::Minutes(1));
  EXPECT_EQ(Begin("other").outcome, Begun::kBusy);
  renewal_.reset();
  Settle();
  EXPECT_FALSE(Renewing());
  Advance(kLease);
  EXPECT_EQ(Begin("other").outcome, Begun::kUnknown);
  EXPECT_EQ(Lost(), "0");
}

TEST_F(LeaseRenewalTest, OneRenewalMayFailWithoutLosingTheLease) {
  StartRenewing();
  for (const StoreFault::What what :
       {StoreFault::What::kUnavailable, StoreFault::What::kLostAcknowledgement}) {
    store_.faults().Inject(StoreVerb::kRenew, {what, absl::ZeroDuration()});
    Advance(2 * kLeaseRenewal);
    EXPECT_EQ(Begin("other").outcome, Begun::kBusy);
  }
  EXPECT_EQ(Lost(), "0");
}

TEST_F(LeaseRenewalTest, ALeaseOutlivesSeveralRenewalsInARowThatFail) {
  StartRenewing();
  store_.faults().Inject(StoreVerb::kRenew, {StoreFault::What::kUnavailable, {}}, 5);
  Advance(kLease + absl::Seconds(1));
  EXPECT_EQ(Begin("other").outcome, Begun::kBusy);
  EXPECT_EQ(Lost(), "0");
}

TEST_F(LeaseRenewalTest, AStoreThatIsNotOursForAMomentDoesNotEndIt) {
  StartRenewing();
  store_.faults().BeginNoStore();
  Advance(kLeaseRenewal + absl::Seconds(1));
  store_.faults().EndNoStore();
  Advance(kLease);
  EXPECT_EQ(Begin("other").outcome, Begun::kBusy);
}

TEST_F(LeaseRenewalTest, EndsWhenAnotherAttemptWasBegun) {
  StartRenewing();
  store_.faults().Inject(StoreVerb::kRenew, {StoreFault::What::kUnavailable, {}}, 1'000'000);
  Advance(kLease);
  store_.faults().Heal();
  ASSERT_EQ(Begin("other", {Despite::What::kUnknownAttempt, "ours"}).outcome, Begun::kGo);
  Advance(kLeaseRenewal);
  EXPECT_FALSE(Renewing());
  Advance(kLease);
  EXPECT_EQ(Begin("third").outcome, Begun::kUnknown) << "nobody renews the other's lease";
  EXPECT_EQ(Lost(), "1");
}

TEST_F(LeaseRenewalTest, ALeaseThatCouldNotBeRenewedIsLostOnce) {
  StartRenewing();
  store_.faults().Inject(StoreVerb::kRenew, {StoreFault::What::kUnavailable, {}}, 1'000'000);
  Advance(kLease - absl::Milliseconds(1));
  EXPECT_EQ(Lost(), "0");
  Advance(absl::Minutes(1));
  EXPECT_EQ(Lost(), "1");
}

TEST_F(LeaseRenewalTest, ALeaseThatAFailoverGaveToAnotherIsLost) {
  StartRenewing();
  store_.faults().Rollback(key_);
  ASSERT_EQ(Begin("other").outcome, Begun::kGo) << "a failover lost ours";
  Advance(kLeaseRenewal);
  EXPECT_FALSE(Renewing());
  EXPECT_EQ(Lost(), "1");
}

// A process that was stopped hears of the provider's answer before it can look at its lease.
TEST_F(LeaseRenewalTest, ALeaseThatWasOverWhenItsRefreshEndedIsLost) {
  StartRenewing();
  store_.faults().Inject(StoreVerb::kRenew, {StoreFault::What::kNone, absl::Minutes(1)});
  Advance(absl::Seconds(30));
  EXPECT_EQ(Lost(), "0") << "nobody has looked";
  renewal_.reset();
  Advance(absl::Minutes(1));
  EXPECT_EQ(Lost(), "1");
}

}  // namespace
}  // namespace tokenbroker

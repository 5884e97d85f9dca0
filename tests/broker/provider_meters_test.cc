#include "broker/provider_meters.h"

#include "tests/broker/broker_test.h"
#include "tests/support/metric_value.h"

namespace tokenbroker {
namespace {

class ProviderMetersTest : public BrokerTest {
 protected:
  std::string Value(const std::string& name) {
    return MetricValue(metrics_, "tokenbroker_" + name + "{provider=\"spotify\"}");
  }
  std::string Refreshes(const std::string& outcome, const std::string& trigger) {
    return MetricValue(metrics_,
                       absl::StrCat("tokenbroker_refreshes_total{outcome=\"", outcome,
                                    "\",provider=\"spotify\",trigger=\"", trigger, "\"}"));
  }
  std::string DurationsUpTo(const std::string& seconds) {
    return MetricValue(metrics_,
                       "tokenbroker_refresh_duration_seconds_bucket"
                       "{provider=\"spotify\",le=\"" +
                           seconds + "\"}");
  }
  ProviderMeters& meters() { return parts_.gates.For("spotify").meters(); }
};

TEST_F(ProviderMetersTest, BeginsAtZero) {
  meters();
  for (const char* name : {"refreshes_in_flight", "leases_lost_total", "intents_orphaned_total",
                           "rotations_lost_total", "store_rollbacks_total", "provider_frozen",
                           "provider_backing_off", "due_grants", "due_lag_seconds"}) {
    EXPECT_EQ(Value(name), "0") << name;
  }
  EXPECT_EQ(Refreshes("refreshed", "background"), "0");
  EXPECT_EQ(DurationsUpTo("+Inf"), "0");
}

TEST_F(ProviderMetersTest, CountsRefreshesByWhoWantedThem) {
  StoreExpired();
  EXPECT_EQ(TokenOf(Get()), "access-1");
  EXPECT_EQ(Refreshes("refreshed", "caller"), "1");
  Advance(absl::Minutes(56));
  Touch();
  EXPECT_EQ(endpoint_.refreshes().size(), 2u) << "a due token's, behind the caller's back";
  EXPECT_EQ(Refreshes("refreshed", "background"), "1");
  EXPECT_EQ(Refreshes("refreshed", "caller"), "1");
}

TEST_F(ProviderMetersTest, CountsFailuresByTheirClass) {
  StoreExpired();
  endpoint_.AnswerRefresh(
      FailedAnswer(Delivery::kAnswered, ErrorClass::kProviderTrouble, "http_503"));
  Touch();
  EXPECT_EQ(Refreshes("provider_trouble", "caller"), "1");
}

TEST_F(ProviderMetersTest, MeasuresHowLongTheProviderTakes) {
  StoreExpired();
  endpoint_.SetLatency(absl::Seconds(2));
  Touch();
  EXPECT_EQ(Value("refreshes_in_flight"), "1");
  Advance(absl::Seconds(2));
  EXPECT_EQ(Value("refreshes_in_flight"), "0");
  EXPECT_EQ(DurationsUpTo("1"), "0");
  EXPECT_EQ(DurationsUpTo("2.5"), "1");
}

TEST_F(ProviderMetersTest, WhatWasNotSentTookNoTime) {
  StoreExpired();
  endpoint_.AnswerRefresh(NotSentAnswer());
  Touch();
  EXPECT_EQ(Refreshes("provider_trouble", "caller"), "1");
  EXPECT_EQ(DurationsUpTo("+Inf"), "0");
}

TEST_F(ProviderMetersTest, AnOrphanThatIsFoundAgainCountsOnce) {
  meters().OrphanFound("one");
  meters().OrphanFound("one");
  meters().OrphanFound("another");
  EXPECT_EQ(Value("intents_orphaned_total"), "2");
}

TEST_F(ProviderMetersTest, AReplicaThatDiedLeavesAnOrphan) {
  StoreExpired();
  BeginAndDie();
  Advance(kLease);
  Touch();
  Advance(absl::Minutes(1));
  EXPECT_EQ(TokenOf(Get()), "access-1");
  EXPECT_EQ(Value("intents_orphaned_total"), "1");
  EXPECT_EQ(Value("rotations_lost_total"), "0") << "its token had not been presented";
}

TEST_F(ProviderMetersTest, AnAnswerThatNobodyHeardMayBeALostRotation) {
  StoreExpired();
  endpoint_.AnswerRefresh(LostAnswer());
  Touch();
  Advance(absl::Minutes(2));
  EXPECT_EQ(Value("rotations_lost_total"), "0");
  endpoint_.AnswerRefresh(
      FailedAnswer(Delivery::kAnswered, ErrorClass::kGrantDead, "invalid_grant"));
  EXPECT_EQ(RefusalIn(Get()).cause, "rotation_lost");
  EXPECT_EQ(Value("rotations_lost_total"), "1");
  EXPECT_EQ(Value("intents_orphaned_total"), "1");
  EXPECT_EQ(Refreshes("grant_dead", "caller"), "1") << "one request, one outcome";
}

TEST_F(ProviderMetersTest, AGrantThatTheProviderEndedIsNoLostRotation) {
  StoreExpired();
  endpoint_.AnswerRefresh(
      FailedAnswer(Delivery::kAnswered, ErrorClass::kGrantDead, "invalid_grant"));
  EXPECT_EQ(RefusalIn(Get()).cause, "provider_says_dead");
  EXPECT_EQ(Value("rotations_lost_total"), "0");
}

TEST_F(ProviderMetersTest, ShowsForHowLongAProviderIsLeftAlone) {
  ProviderGate& gate = parts_.gates.For("spotify");
  gate.Troubled(ErrorClass::kQuota, absl::Minutes(10), 1);
  EXPECT_EQ(Value("provider_backing_off"), "1");
  Advance(absl::Minutes(9));
  EXPECT_EQ(Value("provider_backing_off"), "1");
  Advance(absl::Minutes(1));
  EXPECT_EQ(Value("provider_backing_off"), "0");
}

TEST_F(ProviderMetersTest, WhatIsNotConfiguredAnyMoreHasNothingToShow) {
  ProviderGate& gate = parts_.gates.For("spotify");
  gate.Misconfigured(provider_, provider_.client_secrets[0], "invalid_client");
  meters().ShowBacklog({7, absl::Seconds(30)});
  EXPECT_EQ(Value("provider_frozen"), "1");
  EXPECT_EQ(Value("due_grants"), "7");
  EXPECT_EQ(Value("due_lag_seconds"), "30");
  parts_.gates.ShowOnly(*config_.Current());
  EXPECT_EQ(Value("due_grants"), "7");
  parts_.gates.ShowOnly(Snapshot());
  EXPECT_EQ(Value("provider_frozen"), "0");
  EXPECT_EQ(Value("due_grants"), "0");
  EXPECT_EQ(Value("due_lag_seconds"), "0");
}

}  // namespace
}  // namespace tokenbroker

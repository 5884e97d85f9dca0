// The primary dies while callers ask, behind sentinels and in a cluster: no broker is restarted.
#include <iostream>

#include "tests/chaos/outage_run.h"
#include "tests/support/redis_cluster.h"
#include "tests/support/redis_sentinel_group.h"

namespace tokenbroker {
namespace {

using provider_simulator::Rotation;

constexpr char kSubject[] = "user-0";

class RedisFailoverTest : public OutageRun {};

TEST_F(RedisFailoverTest, APrimaryBehindSentinelsThatIsKilledCostsNobodyAGoodTokenAndNoRotation) {
  RedisSentinelGroup group;
  PrepareProvider();
  SetMinReplicaAcks(1);
  StartReplicas(3, group.uri());
  LogInAll();
  SetServers({&group.replica()});
  RunAcross("Sentinel failover", [&group] {
    group.FailOver();
    // It becomes the replica that commits wait for.
    group.primary().Restart();
  });
}

TEST_F(RedisFailoverTest, APrimaryOfAClusterThatIsKilledCostsNobodyAGoodTokenAndNoRotation) {
  RedisCluster cluster;
  std::vector<std::unique_ptr<RedisServer>> others;
  for (size_t i = 0; i < 3; ++i) others.push_back(cluster.ReplicaOf(cluster.primary(i)));
  PrepareProvider();
  SetMinReplicaAcks(1);
  StartReplicas(3, cluster.uri());
  LogInAll();
  SetServers({&cluster.primary(0), &cluster.primary(1), others[2].get()});
  RunAcross("Cluster failover", [&] {
    cluster.primary(2).Kill();
    EXPECT_NE(others[2]->WaitForLine("Failover election won"), "");
    cluster.primary(2).Restart();
  });
}

// A refresh that the primary acknowledged and its replica never saw. Without somebody who puts it
// back, another broker would present the refresh token that was spent.
TEST_F(RedisFailoverTest, ACommitThatAFailoverUnHappensIsPutBackBeforeAnybodyAsks) {
  RedisSentinelGroup group;
  SetRotation(Rotation::kSingleUse);
  SetTokenLifetime(absl::Seconds(10));
  StartReplicas(2, group.uri());
  SetServers({&group.replica()});
  const v1::AccessToken first = LogIn(kSubject).token();
  ASSERT_TRUE(Eventually([&] { return !RecordField(kSubject, "gen").empty(); }));
  group.StallReplication();
  SetTokenLifetime(absl::Minutes(1));
  Outcome<v1::GetFreshTokenResponse> refreshed;
  ASSERT_TRUE(Eventually([&] {
    refreshed = GetTokenGoodFor(kSubject, absl::Seconds(20));
    return refreshed.ok();
  }));
  const std::string committed = std::to_string(refreshed.response.token().generation());
  EXPECT_EQ(RecordField(kSubject, "gen"), std::to_string(first.generation()))
      << "the replica has not heard of it";
  group.FailOver();
  EXPECT_TRUE(Eventually([&] { return RecordField(kSubject, "gen") == committed; }))
      << RecordField(kSubject, "gen");

  Outcome<v1::GetFreshTokenResponse> next;
  SetTokenLifetime(absl::Hours(1));
  EXPECT_TRUE(Eventually([&] {
    next = GetTokenGoodFor(kSubject, absl::Minutes(10), 1);
    return next.ok();
  })) << next.error.reason;
  std::cout << "un-happened and put back; " << counters().Refreshes()
            << " refreshes, each token presented at most " << counters().MaxPresented()
            << " times, " << counters().families_revoked_by_reuse << " reuses\n";
  EXPECT_EQ(counters().MaxPresented(), 1u);
  EXPECT_EQ(counters().families_revoked_by_reuse, 0u);
}

// The first primary stands still, the second is killed before the first has heard of anything that
// came meanwhile, and so the first is the primary again: with the data, and the run_id, of before.
TEST_F(RedisFailoverTest, APrimaryOfBeforeThatMissedARefreshGetsItBackBeforeAnybodyAsks) {
  RedisSentinelGroup group;
  SetRotation(Rotation::kSingleUse);
  SetTokenLifetime(absl::Seconds(20));
  StartReplicas(2, group.uri());
  SetServers({&group.primary()});
  LogIn(kSubject);
  ASSERT_TRUE(Eventually([&] { return !RecordField(kSubject, "gen").empty(); }));
  group.primary().Pause();
  ASSERT_TRUE(Eventually([&] { return group.PrimaryPort() == group.replica().port(); }));
  Outcome<v1::GetFreshTokenResponse> refreshed;
  ASSERT_TRUE(Eventually([&] {
    refreshed = GetTokenGoodFor(kSubject, absl::Seconds(18));
    return refreshed.ok();
  }));
  group.replica().Kill();
  group.primary().Continue();
  ASSERT_TRUE(
      Eventually([&] { return group.PrimaryPort() == group.primary().port(); }, absl::Minutes(1)));
  Outcome<v1::GetFreshTokenResponse> next;
  SetTokenLifetime(absl::Hours(1));
  EXPECT_TRUE(Eventually([&] {
    next = GetTokenGoodFor(kSubject, absl::Minutes(10), 1);
    return next.ok();
  })) << next.error.reason;
  EXPECT_EQ(counters().MaxPresented(), 1u);
  EXPECT_EQ(counters().families_revoked_by_reuse, 0u);
}

}  // namespace
}  // namespace tokenbroker

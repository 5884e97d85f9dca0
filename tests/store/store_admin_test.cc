#include "store/store_admin.h"

#include "store/redis_keys.h"
#include "tests/store/contract_fixture.h"
#include "tests/store/redis_under_test.h"

namespace tokenbroker {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using Severity = ServerFinding::Severity;

class StoreAdminTest : public StoreContract {
 protected:
  RedisUnderTest& redis() { return static_cast<RedisUnderTest&>(*store_); }
  RedisServer& server() { return redis().server(); }
  StoreAdmin AdminOf(RedisReplica& replica) { return StoreAdmin(replica.store.parts().link); }
  // Of a broker that was never here, in an empty Redis.
  StoreAdmin Fresh() {
    server().Command({"FLUSHALL"});
    return AdminOf(redis().AddReplica());
  }
};
INSTANTIATE_TEST_SUITE_P(Redis, StoreAdminTest, ::testing::Values(SharedRedis()));

TEST_P(StoreAdminTest, AStoreIsMadeOnce) {
  StoreAdmin admin = Fresh();
  EXPECT_EQ(Do(admin.Info()).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(Do(admin.MayStart()).code(), absl::StatusCode::kNotFound);
  const auto made = Do(admin.Init(16));
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_EQ(made->shards, 16);
  EXPECT_EQ(made->schema, kStoreSchema);
  EXPECT_EQ(made->missing_shards, 0);
  EXPECT_EQ(made->store_id.size(), 32u);
  EXPECT_TRUE(Do(admin.MayStart()).ok());
  const auto again = Do(admin.Init(64));
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->store_id, made->store_id);
  EXPECT_EQ(again->shards, 16);
}

TEST_P(StoreAdminTest, ANewStoreServesAtOnceAndDoesNotSettle) {
  StoreAdmin admin = Fresh();
  ASSERT_TRUE(Do(admin.Init(4)).ok());
  RedisReplica& broker = redis().AddReplica();
  PutGrantRequest put;
  put.attempt = "login";
  put.generation = NowMs();
  put.not_after = Soon();
  put.record = SampleGrant();
  ASSERT_EQ(Do(broker.store.PutGrant(put)).outcome, Put::kStored);
  BeginRefreshRequest begin;
  begin.key = key_;
  begin.known_generation = put.generation;
  begin.attempt = "a";
  begin.not_after = Soon();
  EXPECT_EQ(Do(broker.store.BeginRefresh(begin)).outcome, Begun::kGo);
}

TEST_P(StoreAdminTest, WhoeverTriesAtOnceGetsTheSameStore) {
  StoreAdmin one = Fresh();
  StoreAdmin two = AdminOf(redis().AddReplica());
  const auto first = Start(one.Init(16));
  const auto second = Start(two.Init(16));
  Settle();
  ASSERT_TRUE((*first)->ok());
  ASSERT_TRUE((*second)->ok());
  EXPECT_EQ((**first)->store_id, (**second)->store_id);
  EXPECT_EQ((**first)->missing_shards, 0);
}

TEST_P(StoreAdminTest, AMakingThatWasBrokenOffIsCompleted) {
  StoreAdmin admin = Fresh();
  const auto made = Do(admin.Init(8));
  for (const int shard : {0, 1, 2, 3}) server().Command({"DEL", MetaKey(shard)});
  StoreAdmin later = AdminOf(redis().AddReplica());
  EXPECT_EQ(Do(later.Info()).status().code(), absl::StatusCode::kNotFound);
  const auto completed = Do(later.Init(8));
  ASSERT_TRUE(completed.ok()) << completed.status();
  EXPECT_EQ(completed->store_id, made->store_id);
  EXPECT_EQ(completed->missing_shards, 0);
}

TEST_P(StoreAdminTest, AShardThatLostItsMetaIsSeenAndMended) {
  StoreAdmin admin = Fresh();
  const auto made = Do(admin.Init(8));
  server().Command({"DEL", MetaKey(5)});
  EXPECT_EQ(Do(admin.Info())->missing_shards, 1);
  EXPECT_EQ(Do(admin.Init(8))->missing_shards, 0);
}

TEST_P(StoreAdminTest, ShardsOfTwoStoresAreNotMixed) {
  StoreAdmin admin = Fresh();
  ASSERT_TRUE(Do(admin.Init(8)).ok());
  server().Command({"HSET", MetaKey(5), "store_id", "another"});
  EXPECT_EQ(Do(admin.Init(8)).status().code(), absl::StatusCode::kFailedPrecondition);
}

TEST_P(StoreAdminTest, InfoCountsTheGrantsOfEachProvider) {
  LogIn();
  StoreAdmin admin = AdminOf(redis().first());
  const auto info = Do(admin.Info());
  ASSERT_TRUE(info.ok()) << info.status();
  EXPECT_EQ(info->store_id, "test");
  EXPECT_THAT(info->grants, ElementsAre(Pair("spotify", 1)));
}

TEST_P(StoreAdminTest, AnOlderProgramThanTheStoreWantsMayNotStart) {
  StoreAdmin admin = AdminOf(redis().first());
  server().Command({"HSET", MetaKey(0), "min_writer", "2"});
  const absl::Status refused = Do(admin.MayStart());
  EXPECT_EQ(refused.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(refused.message().data(), refused.message().size()),
              HasSubstr("version 2 or later; this is 1"));
}

TEST_P(StoreAdminTest, AnUpgradeRaisesAndNeverLowers) {
  for (int shard = 0; shard < kDefaultShards; ++shard) {
    server().Command({"HSET", MetaKey(shard), "schema", "0", "min_writer", "0"});
  }
  StoreAdmin admin = AdminOf(redis().first());
  const auto raised = Do(admin.Upgrade(1, 0));
  ASSERT_TRUE(raised.ok()) << raised.status();
  EXPECT_EQ(raised->schema, 1);
  EXPECT_EQ(raised->min_writer, 0);
  EXPECT_EQ(Do(admin.Upgrade(1, 1))->min_writer, 1);
  EXPECT_EQ(Do(admin.Upgrade(0, 0))->min_writer, 1);
  EXPECT_EQ(Do(admin.Upgrade(2, 1)).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_P(StoreAdminTest, AServerThatMayForgetIsFound) {
  StoreAdmin admin = AdminOf(redis().first());
  server().Command({"CONFIG", "SET", "maxmemory-policy", "allkeys-lru"});
  const std::vector<ServerFinding> findings = Do(admin.CheckServers(1));
  server().Command({"CONFIG", "SET", "maxmemory-policy", "noeviction"});
  ASSERT_EQ(findings.size(), 4u);
  using What = ServerFinding::What;
  EXPECT_EQ(findings[0].what, What::kEvictsGrants);
  EXPECT_EQ(findings[1].what, What::kNoPersistence);
  EXPECT_EQ(findings[2].what, What::kFewReplicas);
  EXPECT_EQ(findings[3].what, What::kSmallListpack);
  EXPECT_EQ(findings[0].severity, Severity::kWarning);
  EXPECT_THAT(findings[0].text, HasSubstr("maxmemory-policy is allkeys-lru"));
  EXPECT_THAT(findings[1].text, HasSubstr("appendonly yes"));
  EXPECT_THAT(findings[2].text, HasSubstr("0 replicas, but min_replica_acks is 1"));
  EXPECT_THAT(findings[3].text, HasSubstr("hash-max-listpack-value is 64"));
}

TEST_P(StoreAdminTest, AServerThatWillEvictIsFatal) {
  const std::string info = "maxmemory:1000\r\nmaxmemory_policy:volatile-lru\r\naof_enabled:1\r\n";
  const std::vector<ServerFinding> findings = StoreAdmin::Judge("redis:6379", info, 0);
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].severity, Severity::kFatal);
}

TEST_P(StoreAdminTest, AServerThatKeepsEverythingIsFine) {
  EXPECT_THAT(StoreAdmin::Judge("r", "maxmemory_policy:noeviction\r\naof_enabled:1\r\n", 0),
              IsEmpty());
  EXPECT_THAT(StoreAdmin::Judge("r",
                                "maxmemory_policy:noeviction\r\naof_enabled:0\r\n"
                                "connected_slaves:1\r\n",
                                1),
              IsEmpty());
}

}  // namespace
}  // namespace tokenbroker

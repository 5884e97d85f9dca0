#include "redis/make_redis_client.h"

#include "redis/cluster_client.h"
#include "redis/direct_client.h"
#include "tests/redis/redis_test.h"

namespace tokenbroker {
namespace {

using MakeRedisClientTest = RedisTest;

TEST_F(MakeRedisClientTest, TheModeDecides) {
  RedisOptions options;
  options.endpoints.push_back({"127.0.0.1", 6379, ""});
  for (const auto mode : {RedisOptions::Mode::kDirect, RedisOptions::Mode::kSentinel}) {
    options.mode = mode;
    const auto client = MakeRedisClient(loop_, options, 1);
    EXPECT_NE(dynamic_cast<DirectClient*>(client.get()), nullptr);
  }
  options.mode = RedisOptions::Mode::kCluster;
  const auto client = MakeRedisClient(loop_, options, 1);
  EXPECT_NE(dynamic_cast<ClusterClient*>(client.get()), nullptr);
  // Connected to when it is first called.
  EXPECT_EQ(dynamic_cast<ClusterClient*>(client.get())->pending(), 0u);
}

}  // namespace
}  // namespace tokenbroker

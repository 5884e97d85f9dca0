#include "store/redis_access.h"

#include <gtest/gtest.h>

#include "tests/support/temp_folder.h"

namespace tokenbroker {
namespace {

TEST(RedisAccessTest, GivesTheSentinelsTheirOwnUserAndPassword) {
  TempFolder folder;
  RedisStoreConfig config;
  config.uri.mode = RedisMode::kSentinel;
  config.uri.endpoints = {{"s", 26379}};
  config.uri.user = "broker";
  config.password_file = folder.Write("password", "of-redis");
  config.sentinel_user = "watcher";
  config.sentinel_password_file = folder.Write("sentinels", "of-the-sentinels\n");
  const RedisOptions options = ToRedisOptions(config);
  EXPECT_EQ(options.user, "broker");
  EXPECT_EQ(options.password()->Expose(), "of-redis");
  EXPECT_EQ(options.sentinel_user, "watcher");
  ASSERT_TRUE(options.sentinel_password);
  EXPECT_EQ(options.sentinel_password()->Expose(), "of-the-sentinels");
}

TEST(RedisAccessTest, AsksSentinelsForNoPasswordUnlessOneIsGiven) {
  RedisStoreConfig config;
  config.uri.mode = RedisMode::kSentinel;
  config.password_file = "/p";
  EXPECT_FALSE(ToRedisOptions(config).sentinel_password);
}

}  // namespace
}  // namespace tokenbroker

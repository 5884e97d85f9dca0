#include "redis/script.h"

namespace tokenbroker {
namespace {

TEST(RedisScriptTest, ItsNameForRedisIsTheSha1OfItsSource) {
  const RedisScript script("one", "return 1");
  EXPECT_EQ(script.name(), "one");
  EXPECT_EQ(script.source(), "return 1");
  EXPECT_EQ(script.sha(), "e0e1f9fabfc9d4800c877a703b823ac0578ff8db");
}

}  // namespace
}  // namespace tokenbroker

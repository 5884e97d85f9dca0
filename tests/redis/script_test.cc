#include "redis/script.h"

#include "redis/script_command.h"

namespace tokenbroker {
namespace {

TEST(RedisScriptTest, ItsNameForRedisIsTheSha1OfItsSource) {
  const RedisScript script("one", "return 1");
  EXPECT_EQ(script.name(), "one");
  EXPECT_EQ(script.source(), "return 1");
  EXPECT_EQ(script.sha(), "e0e1f9fabfc9d4800c877a703b823ac0578ff8db");
}

TEST(RedisScriptTest, TheRunIdIsTheFirstArgument) {
  const RedisScript script("one", "return 1");
  ScriptCall call;
  call.script = &script;
  call.keys = {"k1", "k2"};
  call.arguments = {"a"};
  EXPECT_EQ(EncodeBySource(call, "run").bytes,
            "*7\r\n$4\r\nEVAL\r\n$8\r\nreturn 1\r\n$1\r\n2\r\n$2\r\nk1\r\n$2\r\nk2\r\n$3\r\nrun\r\n"
            "$1\r\na\r\n");
  EXPECT_THAT(EncodeBySha(call, "run").bytes,
              testing::StartsWith("*7\r\n$7\r\nEVALSHA\r\n$40\r\ne0e1f9"));
}

}  // namespace
}  // namespace tokenbroker

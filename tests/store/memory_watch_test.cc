#include "store/memory_watch.h"

namespace tokenbroker {
namespace {

TEST(MemoryWatchTest, ReadsHowFullAServerIs) {
  const char* info = "# Memory\r\nused_memory:850\r\nused_memory_rss:9999\r\nmaxmemory:1000\r\n";
  EXPECT_DOUBLE_EQ(*MemoryWatch::UsedShare(info), 0.85);
}

TEST(MemoryWatchTest, AServerWithoutALimitIsNeverFull) {
  EXPECT_FALSE(MemoryWatch::UsedShare("used_memory:850\r\nmaxmemory:0\r\n").has_value());
  EXPECT_FALSE(MemoryWatch::UsedShare("").has_value());
  EXPECT_FALSE(MemoryWatch::UsedShare("used_memory:x\r\nmaxmemory:y\r\n").has_value());
}

}  // namespace
}  // namespace tokenbroker

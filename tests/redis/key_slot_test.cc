#include "redis/key_slot.h"

namespace tokenbroker {
namespace {

TEST(KeySlotTest, TheChecksumIsXmodems) {
  EXPECT_EQ(Crc16("123456789"), 0x31C3);
  EXPECT_EQ(Crc16(""), 0);
  EXPECT_EQ(Crc16("\xFF\xFF"), 0x1D0F);
}

TEST(KeySlotTest, AsRedisItself) {
  // By CLUSTER KEYSLOT of Redis 7.0.15.
  EXPECT_EQ(KeySlot("foo"), 12182);
  EXPECT_EQ(KeySlot("somekey"), 11058);
  EXPECT_EQ(KeySlot("{}foo"), 9500);
  EXPECT_EQ(KeySlot("{foo"), 13308);
  EXPECT_EQ(KeySlot("a{{foo}}b"), 13308);
  EXPECT_EQ(KeySlot("tb:{17}:meta"), 12304);
}

TEST(KeySlotTest, OnlyTheHashTagCounts) {
  EXPECT_EQ(KeySlot("tb:{foo}:meta"), KeySlot("foo"));
  EXPECT_EQ(KeySlot("{foo}{bar}"), KeySlot("foo"));
  EXPECT_EQ(KeySlot("a{foo}}b"), KeySlot("foo"));
  EXPECT_EQ(KeySlot("a{{foo}}b"), KeySlot("{foo"));
}

TEST(KeySlotTest, WhatIsNoHashTagDoesNotCount) {
  EXPECT_NE(KeySlot("{}foo"), KeySlot(""));
  EXPECT_NE(KeySlot("{}{foo}"), KeySlot("foo"));
  EXPECT_NE(KeySlot("{foo"), KeySlot("foo"));
  EXPECT_NE(KeySlot("foo}"), KeySlot("foo"));
  EXPECT_NE(KeySlot("}{foo}"), KeySlot(""));
}

}  // namespace
}  // namespace tokenbroker

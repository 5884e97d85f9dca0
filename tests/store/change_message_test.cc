#include "store/change_message.h"

namespace tokenbroker {
namespace {

using ::testing::ElementsAre;

TEST(ChangeMessageTest, AChangeIsReadAsTheScriptsWriteIt) {
  const absl::optional<Change> change =
      ParseChange("refresh 1800000000000 default:my%20provider:user-42%2Fhome");
  ASSERT_TRUE(change.has_value());
  EXPECT_EQ(change->key, (GrantKey{"default", "my provider", "user-42/home"}));
  EXPECT_EQ(change->generation, 1'800'000'000'000);
  EXPECT_EQ(change->kind, ChangeKind::kRefresh);
}

TEST(ChangeMessageTest, WhatIsNoChangeIsPassedOver) {
  for (const char* payload : {"", "refresh", "refresh 1", "refresh x a:b:c", "refresh 1 a:b",
                              "of-a-newer-version 1 a:b:c", "provider 0 spotify",
                              "refresh 1 a:b:c d", "heartbeat replica 1 "}) {
    EXPECT_FALSE(ParseChange(payload).has_value()) << payload;
  }
}

TEST(ChangeMessageTest, AHeartbeatIsGivenBack) {
  const absl::optional<Heartbeat> heartbeat =
      ParseHeartbeat(HeartbeatText({"broker-1", 42, {"k1", "k2"}}));
  ASSERT_TRUE(heartbeat.has_value());
  EXPECT_EQ(heartbeat->replica, "broker-1");
  EXPECT_EQ(heartbeat->number, 42u);
  EXPECT_THAT(heartbeat->spill_keys, ElementsAre("k1", "k2"));
  EXPECT_TRUE(ParseHeartbeat(HeartbeatText({"broker-1", 1, {}}))->spill_keys.empty());
}

TEST(ChangeMessageTest, WhatIsNoHeartbeatIsPassedOver) {
  for (const char* payload :
       {"", "heartbeat", "heartbeat r x ", "refresh 1 a:b:c", "heartbeat r 1"}) {
    EXPECT_FALSE(ParseHeartbeat(payload).has_value()) << payload;
  }
}

}  // namespace
}  // namespace tokenbroker

#include "redis/slot_map.h"

#include "tests/redis/redis_test.h"

namespace tokenbroker {
namespace {

using Type = RedisReply::Type;
using testing::ElementsAre;

RedisReply List(std::vector<RedisReply> items) { return {Type::kArray, 0, "", std::move(items)}; }
RedisReply Node(const std::string& host, int64_t port) {
  return List({StringReply(host), IntegerReply(port), StringReply("id")});
}
RedisReply Range(int64_t first, int64_t last, RedisReply primary) {
  return List({IntegerReply(first), IntegerReply(last), std::move(primary), Node("10.0.0.9", 9)});
}

const RedisEndpoint kAsked = {"10.0.0.1", 6379, ""};

TEST(SlotMapTest, KnowsThePrimaryOfEachSlot) {
  const auto map = SlotMap::Parse(
      List({Range(0, 99, Node("10.0.0.1", 6379)), Range(100, 100, Node("10.0.0.2", 6380)),
            Range(200, 16383, Node("10.0.0.1", 6379))}),
      kAsked);
  ASSERT_TRUE(map.ok());
  EXPECT_EQ(map->primaries().size(), 2u);
  EXPECT_EQ(ToString(*map->PrimaryOf(0)), "10.0.0.1:6379");
  EXPECT_EQ(ToString(*map->PrimaryOf(99)), "10.0.0.1:6379");
  EXPECT_EQ(ToString(*map->PrimaryOf(100)), "10.0.0.2:6380");
  EXPECT_EQ(map->PrimaryOf(101), nullptr);
  EXPECT_EQ(ToString(*map->PrimaryOf(16383)), "10.0.0.1:6379");
}

TEST(SlotMapTest, ANodeThatDoesNotKnowItsHostIsWhereItWasAsked) {
  RedisReply nobody = Node("", 7000);
  nobody.items[0] = RedisReply();
  const auto map = SlotMap::Parse(List({Range(0, 1, nobody), Range(2, 3, Node("", 7001))}), kAsked);
  ASSERT_TRUE(map.ok());
  EXPECT_EQ(ToString(*map->PrimaryOf(0)), "10.0.0.1:7000");
  EXPECT_EQ(ToString(*map->PrimaryOf(2)), "10.0.0.1:7001");
}

TEST(SlotMapTest, LeavesOutWhatMakesNoSense) {
  const auto map = SlotMap::Parse(
      List({Range(-1, 5, Node("10.0.0.2", 1)), Range(0, 16384, Node("10.0.0.2", 1)),
            Range(0, 5, Node("10.0.0.2", 0)), Range(0, 5, Node("10.0.0.2", 65536)),
            Range(0, 5, Node("?", 1)), StringReply("x"), List({IntegerReply(0), IntegerReply(5)}),
            Range(7, 6, Node("10.0.0.2", 1)), Range(8, 8, Node("10.0.0.3", 1))}),
      kAsked);
  ASSERT_TRUE(map.ok());
  EXPECT_EQ(map->primaries().size(), 1u);
  EXPECT_EQ(ToString(*map->PrimaryOf(8)), "10.0.0.3:1");
}

TEST(SlotMapTest, AnAnswerWithoutAnyPrimaryIsNone) {
  EXPECT_FALSE(SlotMap::Parse(List({}), kAsked).ok());
  EXPECT_FALSE(SlotMap::Parse(StringReply("x"), kAsked).ok());
}

TEST(SlotMapTest, ASlotCanBeAssigned) {
  SlotMap map;
  EXPECT_EQ(map.PrimaryOf(7), nullptr);
  map.Assign(7, kAsked);
  EXPECT_EQ(*map.PrimaryOf(7), kAsked);
  EXPECT_THAT(map.primaries(), ElementsAre(kAsked));
}

absl::StatusOr<Redirection> Redirect(const std::string& text) {
  return ParseRedirection({Type::kError, 0, text, {}}, kAsked);
}

TEST(RedirectionTest, NamesSlotAndNode) {
  EXPECT_EQ(Redirect("MOVED 3999 127.0.0.1:6381")->slot, 3999);
  EXPECT_EQ(ToString(Redirect("MOVED 3999 127.0.0.1:6381")->to), "127.0.0.1:6381");
  EXPECT_EQ(ToString(Redirect("ASK 0 redis-2.redis:6381")->to), "redis-2.redis:6381");
  EXPECT_EQ(Redirect("ASK 0 2001:db8::1:6381")->to.host, "2001:db8::1");
  EXPECT_EQ(ToString(Redirect("MOVED 3999 :6381")->to), "10.0.0.1:6381");
}

TEST(RedirectionTest, RefusesWhatLeadsNowhere) {
  for (const std::string text : {"MOVED", "MOVED 1", "MOVED x 127.0.0.1:1", "MOVED -1 127.0.0.1:1",
                                 "MOVED 16384 127.0.0.1:1", "MOVED 1 127.0.0.1", "MOVED 1 a:0",
                                 "MOVED 1 a:65536", "MOVED 1 a:", "MOVED 1 ?:6379"}) {
    EXPECT_FALSE(Redirect(text).ok()) << text;
  }
}

}  // namespace
}  // namespace tokenbroker

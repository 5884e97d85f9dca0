#include "store/script_answer.h"

#include "tests/store/packed_fields.h"

namespace tokenbroker {
namespace {

using Type = RedisReply::Type;

RedisReply Text(const std::string& text) { return {Type::kString, 0, text, {}}; }
RedisReply List(std::vector<RedisReply> items) { return {Type::kArray, 0, "", std::move(items)}; }

RedisReply GoodReply() {
  return List({Text("GO"), Text("1800000000000"), Text(PackedFields({{"next", "7"}})),
               List({Text(PackedFields({{"gen", "5"}, {"state", "active"}}))}),
               List({Text("one"), Text("two")})});
}

TEST(ScriptAnswerTest, EveryPartOfAnAnswerIsRead) {
  const absl::optional<ScriptAnswer> answer = ReadScriptAnswer(GoodReply());
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->outcome, "GO");
  EXPECT_EQ(answer->time.store_time, absl::FromUnixMillis(1'800'000'000'000));
  EXPECT_EQ(answer->values.Number("next"), 7);
  ASSERT_EQ(answer->records.size(), 1u);
  EXPECT_EQ(answer->records[0].Text("state"), "active");
  EXPECT_THAT(answer->items, ::testing::ElementsAre("one", "two"));
}

TEST(ScriptAnswerTest, WhatHasAnotherShapeIsNoAnswer) {
  EXPECT_FALSE(ReadScriptAnswer(Text("OK")).has_value());
  EXPECT_FALSE(ReadScriptAnswer(List({})).has_value());
  for (size_t i = 0; i < 5; ++i) {
    RedisReply reply = GoodReply();
    reply.items[i] = RedisReply();
    EXPECT_FALSE(ReadScriptAnswer(std::move(reply)).has_value()) << i;
  }
  RedisReply no_values = GoodReply();
  no_values.items[2] = Text("next");
  EXPECT_FALSE(ReadScriptAnswer(std::move(no_values)).has_value());
  RedisReply no_record = GoodReply();
  no_record.items[3].items[0] = Text("gen");
  EXPECT_FALSE(ReadScriptAnswer(std::move(no_record)).has_value());
}

}  // namespace
}  // namespace tokenbroker

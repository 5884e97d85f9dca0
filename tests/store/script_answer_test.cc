#include "store/script_answer.h"

namespace tokenbroker {
namespace {

using Type = RedisReply::Type;

RedisReply Text(const std::string& text) { return {Type::kString, 0, text, {}}; }
RedisReply List(std::vector<RedisReply> items) { return {Type::kArray, 0, "", std::move(items)}; }

RedisReply GoodReply() {
  return List({Text("GO"), Text("1800000000000"), List({Text("next"), Text("7")}),
               List({List({Text("gen"), Text("5"), Text("state"), Text("active")})}),
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
  RedisReply odd = GoodReply();
  odd.items[2].items.pop_back();
  EXPECT_FALSE(ReadScriptAnswer(std::move(odd)).has_value());
  RedisReply no_record = GoodReply();
  no_record.items[3].items[0] = Text("gen");
  EXPECT_FALSE(ReadScriptAnswer(std::move(no_record)).has_value());
}

TEST(ScriptAnswerTest, AFieldThatIsNotThereIsNothing) {
  const RecordFields fields;
  EXPECT_TRUE(fields.empty());
  EXPECT_EQ(fields.Text("x"), "");
  EXPECT_EQ(fields.Number("x"), 0);
  EXPECT_FALSE(fields.Time("x").has_value());
  EXPECT_EQ(fields.TimeOrEpoch("x"), absl::Time());
}

TEST(ScriptAnswerTest, TimesAreMillisecondsAndTheirEndsHaveNames) {
  for (const absl::Time t :
       {absl::FromUnixMillis(1'800'000'000'123), absl::InfiniteFuture(), absl::InfinitePast()}) {
    RecordFields fields;
    fields.Add("t", MillisText(t));
    EXPECT_EQ(fields.Time("t"), t);
  }
  EXPECT_EQ(MillisText(absl::FromUnixMicros(1'999)), "1");
  EXPECT_EQ(MillisText(absl::Time()), "");
  EXPECT_EQ(MillisText(absl::optional<absl::Time>()), "");
}

}  // namespace
}  // namespace tokenbroker

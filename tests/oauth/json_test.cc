#include "oauth/json.h"

namespace tokenbroker {
namespace {

TEST(JsonTest, ReadsAnObject) {
  const auto object = ParseJsonObject(R"({"a":"x","n":1,"o":{"a":2}})");
  ASSERT_TRUE(object.ok());
  EXPECT_EQ(FindString(*object, "a"), "x");
  EXPECT_EQ(FindString(*object, "n"), absl::nullopt);
  EXPECT_EQ(Find(*object, "b"), nullptr);
}

TEST(JsonTest, RefusesWhatIsNoObject) {
  for (const char* text : {"", "[]", "\"a\"", "1", "null", "{", "{}x", "{\"a\":1,}", "{'a':1}",
                           "{\"a\":\"\xff\"}", "{\"a\":\"\n\"}", "{/**/}", "<html>"}) {
    EXPECT_FALSE(ParseJsonObject(text).ok()) << text;
  }
}

TEST(JsonTest, TakesIllFormedUtf8WhereItIsTold) {
  const auto object = ParseJsonObject("{\"a\":\"\xff\"}", Utf8Rule::kLenient);
  ASSERT_TRUE(object.ok());
  EXPECT_EQ(FindString(*object, "a"), "\xff");
  EXPECT_FALSE(ParseJsonObject("{\"\xff\":1,\"\xff\":2}", Utf8Rule::kLenient).ok());
}

TEST(JsonTest, RefusesADuplicateKeyAtAnyDepthAndHoweverItIsWritten) {
  EXPECT_FALSE(ParseJsonObject(R"({"a":1,"a":1})").ok());
  EXPECT_FALSE(ParseJsonObject(R"({"a":1,"\u0061":1})").ok());
  EXPECT_FALSE(ParseJsonObject(R"({"o":[{"a":1,"a":2}]})").ok());
  EXPECT_TRUE(ParseJsonObject(R"({"a":{"a":1},"b":[{"a":1},{"a":1}]})").ok());
}

TEST(JsonTest, RefusesDeepNesting) {
  const std::string open(kMaxJsonDepth, '['), close(kMaxJsonDepth, ']');
  EXPECT_FALSE(ParseJsonObject("{\"a\":" + open + close + "}").ok());
  EXPECT_TRUE(ParseJsonObject("{\"a\":" + open.substr(1) + close.substr(1) + "}").ok());
  const std::string endless(1 << 20, '[');
  EXPECT_FALSE(ParseJsonObject("{\"a\":" + endless).ok());
}

TEST(JsonTest, QuotesNothing) {
  const absl::Status status = ParseJsonObject(R"({"secret":1,"secret":2})").status();
  EXPECT_EQ(status.ToString().find("secret"), std::string::npos);
}

}  // namespace
}  // namespace tokenbroker

#include "base/json_text.h"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

namespace tokenbroker {
namespace {

TEST(JsonTextTest, LeavesPlainTextAsItIs) {
  EXPECT_EQ(JsonText("user-42/home"), "\"user-42/home\"");
}

TEST(JsonTextTest, EscapesWhatJsonWants) {
  EXPECT_EQ(JsonText("a\"b\\c\n\x01\x7F"), "\"a\\\"b\\\\c\\u000a\\u0001\x7F\"");
}

TEST(JsonTextTest, KeepsUtf8AndReplacesWhatIsNot) {
  EXPECT_EQ(JsonText("\xC3\xA9\xFF"), "\"\xC3\xA9\xEF\xBF\xBD\"");
}

TEST(JsonTextTest, IsReadBackByAnotherParser) {
  std::string all;
  for (int c = 1; c < 128; ++c) all += static_cast<char>(c);
  const boost::json::value value = boost::json::parse(JsonText(all));
  EXPECT_EQ(std::string(value.as_string()), all);
}

}  // namespace
}  // namespace tokenbroker

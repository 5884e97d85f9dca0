#include "tests/provider_simulator/form.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace provider_simulator {
namespace {

TEST(FormTest, EveryByteSurvivesARoundTrip) {
  std::string all;
  for (int byte = 0; byte < 256; ++byte) all += static_cast<char>(byte);
  EXPECT_EQ(FormDecode(FormEncode(all)), all);
}

TEST(FormTest, APlusIsASpace) { EXPECT_EQ(FormDecode("a+b%2Bc"), "a b+c"); }

TEST(FormTest, RefusesAPercentSignWithoutTwoDigits) {
  for (const char* text : {"%", "a%2", "%zz", "%2g"}) EXPECT_FALSE(FormDecode(text)) << text;
}

TEST(FormTest, RefusesARepeatedParameter) {
  EXPECT_FALSE(ParseForm("code=a&code=b").has_value());
  EXPECT_FALSE(ParseForm("code=a&c%6fde=a").has_value());
}

TEST(FormTest, ReadsNamesWithoutValues) {
  const auto form = ParseForm("a&b=&c=1=2&");
  ASSERT_TRUE(form.has_value());
  EXPECT_EQ(*form, (Form{{"a", ""}, {"b", ""}, {"c", "1=2"}}));
  EXPECT_EQ(Field(*form, "absent"), "");
}

TEST(FormTest, SplitsWords) { EXPECT_THAT(SplitWords(" a  b "), ::testing::ElementsAre("a", "b")); }

}  // namespace
}  // namespace provider_simulator

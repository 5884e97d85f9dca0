#include "oauth/percent_encoding.h"

namespace tokenbroker {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

std::string Encoded(absl::string_view text, SpaceAs space) {
  std::string out;
  AppendPercentEncoded(text, space, &out);
  EXPECT_EQ(out.size(), PercentEncodedSize(text, space));
  return out;
}

TEST(PercentEncodingTest, EncodesTheExampleOfRfc6749AppendixB) {
  EXPECT_EQ(Encoded(" %&+\xc2\xa3\xe2\x82\xac", SpaceAs::kPlus), "+%25%26%2B%C2%A3%E2%82%AC");
}

TEST(PercentEncodingTest, LeavesOnlyUnreservedCharactersAlone) {
  EXPECT_EQ(Encoded("aZ09-._~ /:?=#", SpaceAs::kPercent20), "aZ09-._~%20%2F%3A%3F%3D%23");
  EXPECT_EQ(Encoded(absl::string_view("\0\xff", 2), SpaceAs::kPlus), "%00%FF");
}

TEST(PercentEncodingTest, DecodesWhatItEncodes) {
  std::string bytes;
  for (int c = 0; c < 256; ++c) bytes.push_back(static_cast<char>(c));
  EXPECT_EQ(PercentDecode(Encoded(bytes, SpaceAs::kPlus), PlusIs::kSpace), bytes);
  EXPECT_EQ(PercentDecode(Encoded(bytes, SpaceAs::kPercent20), PlusIs::kPlus), bytes);
}

TEST(PercentEncodingTest, RefusesABrokenEscape) {
  for (const char* text : {"%", "%4", "a%", "%zz", "%4g", "%%20"}) {
    EXPECT_EQ(PercentDecode(text, PlusIs::kSpace), absl::nullopt) << text;
  }
  EXPECT_EQ(PercentDecode("%41%6a", PlusIs::kSpace), "Aj");
}

TEST(PercentEncodingTest, ParsesAFormInOrder) {
  EXPECT_THAT(*ParseForm("b=1+2&&a=%26&c&d="),
              ElementsAre(Pair("b", "1 2"), Pair("a", "&"), Pair("c", ""), Pair("d", "")));
  EXPECT_TRUE(ParseForm("")->empty());
}

TEST(PercentEncodingTest, AFormMayNotRepeatANameNotEvenEscaped) {
  EXPECT_FALSE(ParseForm("a=1&a=1").ok());
  EXPECT_FALSE(ParseForm("a=1&%61=2").ok());
}

TEST(PercentEncodingTest, AFormMayNotHideNamesOrHoldThousands) {
  EXPECT_FALSE(ParseForm("=1").ok());
  EXPECT_FALSE(ParseForm("a=%").ok());
  std::string many;
  for (int i = 0; i < 101; ++i) many += "a" + std::to_string(i) + "=&";
  EXPECT_FALSE(ParseForm(many).ok());
}

}  // namespace
}  // namespace tokenbroker

#include "base/utf8.h"

namespace tokenbroker {
namespace {

TEST(DecodeUtf8Test, DecodesEveryLengthAtItsEdges) {
  const std::vector<std::pair<std::string, uint32_t>> cases = {
      {std::string(1, '\0'), 0},     {"\x7F", 0x7F},           {"\xC2\x80", 0x80},
      {"\xDF\xBF", 0x7FF},           {"\xE0\xA0\x80", 0x800},  {"\xED\x9F\xBF", 0xD7FF},
      {"\xEE\x80\x80", 0xE000},      {"\xEF\xBF\xBF", 0xFFFF}, {"\xF0\x90\x80\x80", 0x10000},
      {"\xF4\x8F\xBF\xBF", 0x10FFFF}};
  for (const auto& [text, expected] : cases) {
    uint32_t code_point = 1;
    EXPECT_EQ(DecodeUtf8("x" + text + "x", 1, &code_point), text.size());
    EXPECT_EQ(code_point, expected);
  }
}

TEST(DecodeUtf8Test, RefusesWhatIsIllFormed) {
  for (const std::string& text : std::vector<std::string>{
           "\x80", "\xBF", "\xC0\xAF", "\xC1\xBF", "\xC2", "\xC2\x41", "\xC2\xC2", "\xE0\x9F\xBF",
           "\xE2\x82", "\xE2\x82\x41", "\xED\xA0\x80", "\xED\xBF\xBF", "\xF0\x8F\xBF\xBF",
           "\xF0\x9F\x8E", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xF8\x88\x80\x80\x80", "\xFE",
           "\xFF"}) {
    uint32_t code_point = 0;
    EXPECT_EQ(DecodeUtf8(text, 0, &code_point), 0u) << ::testing::PrintToString(text);
  }
}

}  // namespace
}  // namespace tokenbroker

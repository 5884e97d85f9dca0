#include "base/ascii.h"

#include <string>

namespace tokenbroker {
namespace {

TEST(PrintableAsciiPrefixTest, EndsAtTheFirstOtherByteWhereverItIs) {
  for (int byte = 0; byte < 256; ++byte) {
    const bool printable = byte >= 0x20 && byte < 0x7F;
    const bool plain = printable && byte != '"' && byte != '\\';
    for (size_t size = 1; size <= 40; ++size) {
      for (size_t at = 0; at < size; ++at) {
        std::string text(size, 'x');
        text[at] = static_cast<char>(byte);
        ASSERT_EQ(PrintableAsciiPrefix<>(text), printable ? size : at) << byte;
        ASSERT_EQ((PrintableAsciiPrefix<'"', '\\'>(text)), plain ? size : at) << byte;
      }
    }
  }
}

TEST(PrintableAsciiPrefixTest, OfSeveralOthersTheFirstCounts) {
  EXPECT_EQ(PrintableAsciiPrefix<>("ab\x7f\x01\xff!~ "), 2u);
  EXPECT_EQ(PrintableAsciiPrefix<>("abcdefg\x80\x1f"), 7u);
  EXPECT_EQ(PrintableAsciiPrefix<>(""), 0u);
}

}  // namespace
}  // namespace tokenbroker

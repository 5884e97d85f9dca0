#include "base/ascii.h"

#include <string>

namespace tokenbroker {
namespace {

TEST(PrintableAsciiPrefixTest, EndsAtTheFirstOtherByteWhereverItIs) {
  for (int byte = 0; byte < 256; ++byte) {
    const bool printable = byte >= 0x20 && byte < 0x7F;
    const bool plain = printable && byte != '"' && byte != '\\';
    for (size_t at = 0; at < 20; ++at) {
      std::string text(20, 'x');
      text[at] = static_cast<char>(byte);
      EXPECT_EQ(PrintableAsciiPrefix<>(text), printable ? text.size() : at) << byte;
      EXPECT_EQ((PrintableAsciiPrefix<'"', '\\'>(text)), plain ? text.size() : at) << byte;
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

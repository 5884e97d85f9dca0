#include "base/unreserved.h"

#include <absl/strings/ascii.h>
#include <absl/strings/string_view.h>

namespace tokenbroker {
namespace {

TEST(UnreservedTest, LettersDigitsAndFourOthersAre) {
  for (int byte = 0; byte < 256; ++byte) {
    const auto c = static_cast<char>(byte);
    const bool expected = absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
                          absl::string_view("-._~").find(c) != absl::string_view::npos;
    EXPECT_EQ(IsUnreserved(c), expected) << byte;
  }
}

TEST(UnreservedTest, ThePrefixEndsAtTheFirstThatIsNot) {
  EXPECT_EQ(UnreservedPrefix(""), 0u);
  EXPECT_EQ(UnreservedPrefix("a-b"), 3u);
  EXPECT_EQ(UnreservedPrefix("ab/c"), 2u);
  EXPECT_EQ(UnreservedPrefix("%41"), 0u);
}

}  // namespace
}  // namespace tokenbroker

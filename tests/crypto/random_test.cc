#include "crypto/random.h"

#include <set>

namespace tokenbroker {
namespace {

TEST(RandomTest, GivesAsManyBytesAsAsked) {
  for (const size_t n : {0u, 1u, 16u, 32u, 1000u}) EXPECT_EQ(RandomBytes(n).size(), n);
}

TEST(RandomTest, NeverGivesTheSameTwice) {
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) seen.insert(RandomBytes(16));
  EXPECT_EQ(seen.size(), 1000u);
}

TEST(RandomTest, UsesTheWholeRangeOfAByte) {
  const std::string bytes = RandomBytes(100'000);
  EXPECT_EQ(std::set<char>(bytes.begin(), bytes.end()).size(), 256u);
}

}  // namespace
}  // namespace tokenbroker

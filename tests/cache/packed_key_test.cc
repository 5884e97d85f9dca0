#include "cache/packed_key.h"

#include <gtest/gtest.h>

#include <string>

namespace tokenbroker {
namespace {

TEST(PackedKeyTest, GivesBackWhatWasPacked) {
  const std::string with_zero("a\0b", 3);
  const std::string long_subject(kMaxSubjectBytes, 's');
  for (const GrantKey& key :
       {GrantKey{"default", "spotify", "user-42"}, GrantKey{"", "", ""}, GrantKey{"t", "", "s"},
        GrantKey{with_zero, "spotify", with_zero}, GrantKey{"default", "spotify", long_subject}}) {
    const PackedKey packed(key.view());
    EXPECT_EQ(packed.view(), key.view());
    const PackedKey copy = packed;
    EXPECT_EQ(copy.view(), key.view());
    EXPECT_NE(copy.view().subject.data(), packed.view().subject.data());
  }
}

TEST(PackedKeyTest, KeepsApartWhatReadsTheSameInARow) {
  EXPECT_FALSE(PackedKey({"ab", "c", "d"}).view() == PackedKey({"a", "bc", "d"}).view());
}

TEST(PackedKeyTest, APartThatIsTooLongDoesNotFit) {
  const std::string most(65'535, 'x');
  const std::string more(65'536, 'x');
  EXPECT_TRUE(PackedKey::Fits({"t", "p", most}));
  EXPECT_FALSE(PackedKey::Fits({"t", "p", more}));
  EXPECT_FALSE(PackedKey::Fits({"t", more, "s"}));
  EXPECT_FALSE(PackedKey::Fits({more, "p", "s"}));
}

}  // namespace
}  // namespace tokenbroker

#include "store/key_usage.h"

#include <algorithm>

#include "tests/crypto/sealing_keys.h"

namespace tokenbroker {
namespace {

class KeyUsageTest : public ::testing::Test {
 protected:
  // At minute `minute`, `old` having written from 0 to 20 and `new` from then on.
  KeyUsage Of(const std::string& id, int minute) {
    const std::vector<KeyUsage> usages = JudgeKeys(keyring_, grants_, spills_, At(minute));
    const auto found = std::find_if(usages.begin(), usages.end(),
                                    [&id](const KeyUsage& usage) { return usage.key_id == id; });
    EXPECT_NE(found, usages.end()) << id;
    return found == usages.end() ? KeyUsage() : *found;
  }

  const Keyring keyring_ = *Keyring::Make({TestKey("old", 0), TestKey("new", 20)});
  std::map<std::string, int64_t> grants_;
  std::set<std::string> spills_;
};

TEST_F(KeyUsageTest, TheWriteKeyIsNeverRetirable) {
  EXPECT_FALSE(Of("new", 1'000'000).retirable);
  EXPECT_EQ(Of("new", 1'000'000).write_from, At(20));
}

TEST_F(KeyUsageTest, AnUnusedKeyIsRetirableAQuarterOfAnHourAfterItsLastWrite) {
  EXPECT_FALSE(Of("old", 34).retirable);
  EXPECT_TRUE(Of("old", 35).retirable);
}

TEST_F(KeyUsageTest, AKeyThatSealsAGrantIsNeeded) {
  grants_["old"] = 3;
  EXPECT_FALSE(Of("old", 1000).retirable);
  EXPECT_EQ(Of("old", 1000).grants, 3);
}

TEST_F(KeyUsageTest, AKeyThatSealsASpilledWriteIsNeeded) {
  spills_.insert("old");
  EXPECT_FALSE(Of("old", 1000).retirable);
}

TEST_F(KeyUsageTest, AKeyThatTheKeyringHasLostShows) {
  grants_["lost"] = 2;
  EXPECT_EQ(Of("lost", 1000).grants, 2);
  EXPECT_FALSE(Of("lost", 1000).retirable);
  EXPECT_FALSE(Of("lost", 1000).write_from);
}

}  // namespace
}  // namespace tokenbroker

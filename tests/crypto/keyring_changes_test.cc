#include "crypto/keyring_changes.h"

#include "tests/crypto/sealing_keys.h"

namespace tokenbroker {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;

// a writes from 0, b from 20, c from 40.
Keyring ThreeKeys() {
  return *Keyring::Make({TestKey("a", 0), TestKey("b", 20), TestKey("c", 40)});
}

absl::Status Retirable(const std::string& id, absl::Time now) {
  return CheckRetirable(ThreeKeys(), id, now);
}

TEST(KeyringChangesTest, BeginsWithOneKeyThatWritesAtOnce) {
  const absl::Time now = At(0) + absl::Milliseconds(700);
  const Keyring keyring = NewKeyring(now);
  ASSERT_EQ(keyring.keys().size(), 1u);
  const SealingKey& key = keyring.keys()[0];
  EXPECT_THAT(key.id, MatchesRegex("2027-01-15-[0-9a-f]{6}"));
  EXPECT_EQ(key.key.Expose().size(), kAesKeyBytes);
  EXPECT_EQ(key.created, At(0));
  EXPECT_EQ(key.write_from, At(0));
}

TEST(KeyringChangesTest, NeverMakesTheSameKeyTwice) {
  EXPECT_FALSE(NewKeyring(At(0)).keys()[0].key == NewKeyring(At(0)).keys()[0].key);
}

TEST(KeyringChangesTest, AddsAKeyThatOthersCanReadBeforeItWrites) {
  const Keyring before = NewKeyring(At(0));
  const Keyring after = AddKey(before, At(60));
  ASSERT_EQ(after.keys().size(), 2u);
  EXPECT_EQ(after.keys()[0], before.keys()[0]);
  EXPECT_EQ(after.keys()[1].created, At(60));
  EXPECT_EQ(after.keys()[1].write_from, At(75));
  EXPECT_EQ(after.WriteKey(At(74)), before.keys()[0]);
  EXPECT_EQ(after.WriteKey(At(75)), after.keys()[1]);
  EXPECT_EQ(AddKey(before, At(60), absl::Hours(1)).keys()[1].write_from, At(120));
}

TEST(KeyringChangesTest, KnowsUntilWhenAKeyWrites) {
  const Keyring keyring = ThreeKeys();
  EXPECT_EQ(WritesUntil(keyring, keyring.keys()[0]), At(20));
  EXPECT_EQ(WritesUntil(keyring, keyring.keys()[1]), At(40));
  EXPECT_EQ(WritesUntil(keyring, keyring.keys()[2]), absl::InfiniteFuture());
}

TEST(KeyringChangesTest, RetiresAKeyThatHasNotWrittenForAWhile) {
  const absl::StatusOr<Keyring> keyring = RetireKey(ThreeKeys(), "a", At(35));
  ASSERT_TRUE(keyring.ok()) << keyring.status();
  EXPECT_THAT(keyring->ReadableIds(), ElementsAre("b", "c"));
}

TEST(KeyringChangesTest, KeepsAKeyThatWroteLately) {
  const absl::Status status = Retirable("a", At(35) - absl::Seconds(1));
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(status.message(),
            "the key a was the write key until 2027-01-15T08:20:00Z; retire it after "
            "2027-01-15T08:35:00Z");
  EXPECT_EQ(RetireKey(ThreeKeys(), "a", At(20)).status(), status);
}

TEST(KeyringChangesTest, KeepsTheWriteKey) {
  for (const auto& [id, minute] :
       std::vector<std::pair<std::string, int>>{{"a", -5}, {"a", 19}, {"b", 39}, {"c", 100}}) {
    const absl::Status status = Retirable(id, At(minute));
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition) << id << minute;
  }
  EXPECT_EQ(Retirable("c", At(1000)).message(),
            "the key c is the write key; add another, and retire this one 15m after that one has "
            "taken over");
}

TEST(KeyringChangesTest, KeepsAKeyThatWillWrite) {
  EXPECT_THAT(std::string(Retirable("c", At(39)).message()),
              HasSubstr("the key c is to be the write key from 2027-01-15T08:40:00Z on"));
  EXPECT_EQ(Retirable("b", At(5)).code(), absl::StatusCode::kFailedPrecondition);
}

TEST(KeyringChangesTest, KnowsNoOtherKeys) {
  const absl::Status status = Retirable("d\n", At(100));
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(status.message(), "there is no key d\\n");
}

TEST(KeyringChangesTest, NeverRetiresTheLastKey) {
  EXPECT_FALSE(RetireKey(*Keyring::Make({TestKey("a", 0)}), "a", At(10'000)).ok());
}

}  // namespace
}  // namespace tokenbroker

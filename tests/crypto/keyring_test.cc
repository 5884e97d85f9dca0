#include "crypto/keyring.h"

#include "tests/crypto/sealing_keys.h"

namespace tokenbroker {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string Refusal(std::vector<SealingKey> keys) {
  const absl::Status status = Keyring::Make(std::move(keys)).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  return std::string(status.message());
}

TEST(KeyringTest, ReadsWithEveryKeyAndWritesWithOne) {
  const Keyring keyring = *Keyring::Make({TestKey("b", 20), TestKey("a", 10), TestKey("c", 30)});
  EXPECT_THAT(keyring.ReadableIds(), ElementsAre("a", "b", "c"));
  for (const char* id : {"a", "b", "c"}) {
    ASSERT_NE(keyring.Find(id), nullptr);
    EXPECT_EQ(keyring.Find(id)->key, TestKey(id, 0).key);
  }
  EXPECT_EQ(keyring.Find("d"), nullptr);
  EXPECT_EQ(keyring.Find(""), nullptr);
}

TEST(KeyringTest, WritesWithTheNewestKeyWhoseTimeHasCome) {
  const Keyring keyring = *Keyring::Make({TestKey("a", 10), TestKey("b", 20), TestKey("c", 30)});
  EXPECT_EQ(keyring.WriteKey(At(10)).id, "a");
  EXPECT_EQ(keyring.WriteKey(At(20) - absl::Nanoseconds(1)).id, "a");
  EXPECT_EQ(keyring.WriteKey(At(20)).id, "b");
  EXPECT_EQ(keyring.WriteKey(At(29)).id, "b");
  EXPECT_EQ(keyring.WriteKey(At(30)).id, "c");
  EXPECT_EQ(keyring.WriteKey(absl::InfiniteFuture()).id, "c");
}

TEST(KeyringTest, WritesWithTheFirstKeyWhileTheClockIsBehindAll) {
  const Keyring keyring = *Keyring::Make({TestKey("b", 20), TestKey("a", 10)});
  EXPECT_EQ(keyring.WriteKey(At(9)).id, "a");
  EXPECT_EQ(keyring.WriteKey(absl::InfinitePast()).id, "a");
}

TEST(KeyringTest, OrdersKeysOfOneTimeTheSameEverywhere) {
  const Keyring one = *Keyring::Make({TestKey("a", 10), TestKey("b", 10)});
  const Keyring two = *Keyring::Make({TestKey("b", 10), TestKey("a", 10)});
  EXPECT_EQ(one, two);
  EXPECT_EQ(one.WriteKey(At(10)).id, "b");
}

TEST(KeyringTest, RefusesWhatIsNoKeyring) {
  EXPECT_EQ(Refusal({}), "there is no key");
  EXPECT_EQ(Refusal({TestKey("a", 1), TestKey("b", 2), TestKey("a", 3)}),
            "there are two keys of the id a");
  SealingKey twin = TestKey("a", 2);
  twin.id = "twin";
  EXPECT_EQ(Refusal({TestKey("a", 1), twin}), "the keys a and twin are the same");
  SealingKey stump = TestKey("stump", 1);
  stump.key = Secret("kurz-und-geheim");
  EXPECT_EQ(Refusal({stump}), "the key stump has not 32 bytes");
}

TEST(KeyringTest, RefusesIdsThatAreNone) {
  for (const std::string& id : {std::string(), std::string("a b"), std::string("a\n"),
                                std::string("a/b"), std::string(kMaxKeyIdBytes + 1, 'x')}) {
    SealingKey key = TestKey("a", 1);
    key.id = id;
    EXPECT_THAT(Refusal({key}), HasSubstr("a key's id is not 1 to 64 letters"));
  }
  EXPECT_TRUE(IsKeyId(std::string(kMaxKeyIdBytes, 'x')));
  EXPECT_TRUE(IsKeyId("2026-11-24_a.B"));
}

TEST(FixedKeyringTest, IsTheSameForEver) {
  const FixedKeyring source(*Keyring::Make({TestKey("a", 1)}));
  EXPECT_EQ(source.Current(), source.Current());
  EXPECT_THAT(source.Current()->ReadableIds(), ElementsAre("a"));
}

}  // namespace
}  // namespace tokenbroker

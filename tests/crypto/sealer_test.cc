#include "crypto/sealer.h"

#include <absl/strings/match.h>

#include <set>

#include "crypto/sealed_record.h"
#include "tests/crypto/sealing_keys.h"

namespace tokenbroker {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class SealerTest : public ::testing::Test {
 protected:
  const FixedKeyring keyring_{*Keyring::Make({TestKey("old", 0), TestKey("new", 20)})};
  const FixedKeyring newer_keyring_{*Keyring::Make({TestKey("new", 20), TestKey("newest", 40)})};
  const Sealer sealer_{keyring_};
  const Sealer newer_sealer_{newer_keyring_};
};

TEST_F(SealerTest, OpensWhatItSealed) {
  for (const std::string& text : {std::string(), std::string("hush"), std::string(100'000, 'x')}) {
    const absl::StatusOr<SealedRecord> sealed = sealer_.Seal(text, "owner", At(1));
    ASSERT_TRUE(sealed.ok()) << sealed.status();
    const absl::StatusOr<Secret> opened = sealer_.Open(sealed->bytes, "owner");
    ASSERT_TRUE(opened.ok()) << opened.status();
    EXPECT_EQ(opened->Expose(), text);
  }
}

TEST_F(SealerTest, NamesItsKeyInTheRecord) {
  const SealedRecord before = *sealer_.Seal("hush", "owner", At(19));
  EXPECT_EQ(before.key_id, "old");
  EXPECT_EQ(ParseSealed(before.bytes)->key_id, "old");
  const SealedRecord after = *sealer_.Seal("hush", "owner", At(20));
  EXPECT_EQ(after.key_id, "new");
  EXPECT_EQ(ParseSealed(after.bytes)->key_id, "new");
}

TEST_F(SealerTest, HidesTheTextAndNeverRepeatsANonce) {
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) {
    const SealedRecord sealed = *sealer_.Seal("hush hush", "owner", At(1));
    EXPECT_FALSE(absl::StrContains(sealed.bytes, "hush"));
    EXPECT_FALSE(absl::StrContains(sealed.bytes, "owner"));
    seen.insert(std::string(ParseSealed(sealed.bytes)->nonce));
  }
  EXPECT_EQ(seen.size(), 1000u);
}

TEST_F(SealerTest, ReadsOldKeysWhileItWritesANewOne) {
  const SealedRecord sealed = *sealer_.Seal("hush", "owner", At(20));
  EXPECT_EQ(newer_sealer_.Open(sealed.bytes, "owner")->Expose(), "hush");
}

TEST_F(SealerTest, NamesTheKeyThatItLacks) {
  const SealedRecord sealed = *sealer_.Seal("hush", "owner", At(1));
  const absl::Status status = newer_sealer_.Open(sealed.bytes, "owner").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(status.message(), "is sealed with the key old, which is not in the keyring");
}

TEST_F(SealerTest, OpensForNobodyElse) {
  const SealedRecord sealed = *sealer_.Seal("hush", "owner", At(1));
  const absl::Status status = sealer_.Open(sealed.bytes, "another").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(status.ToString(), Not(HasSubstr("hush")));
  EXPECT_THAT(status.ToString(), Not(HasSubstr("another")));
}

TEST_F(SealerTest, RefusesEveryChangedByte) {
  const std::string bytes = sealer_.Seal("hush", "owner", At(1))->bytes;
  for (size_t i = 0; i < bytes.size(); ++i) {
    std::string changed = bytes;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    const absl::StatusOr<Secret> opened = sealer_.Open(changed, "owner");
    EXPECT_FALSE(opened.ok()) << i;
    EXPECT_THAT(opened.status().ToString(), Not(HasSubstr("hush")));
  }
}

TEST_F(SealerTest, TakesAKeyIdThatWasExchangedForAnotherForAChange) {
  std::string bytes = sealer_.Seal("hush", "owner", At(1))->bytes;
  bytes.replace(2, 3, "new");
  EXPECT_EQ(sealer_.Open(bytes, "owner").status().code(), absl::StatusCode::kDataLoss);
}

TEST_F(SealerTest, DoesNotSealWhatIsTooLong) {
  EXPECT_EQ(sealer_.Seal(std::string(5 << 20, 'x'), "owner", At(1)).status().code(),
            absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace tokenbroker

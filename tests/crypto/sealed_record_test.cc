#include "crypto/sealed_record.h"

#include <absl/strings/str_cat.h>

#include "crypto/aes_gcm.h"
#include "crypto/keyring.h"

namespace tokenbroker {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const std::string kNonce(kGcmNonceBytes, 'n');
const std::string kTag(kGcmTagBytes, 't');

absl::Status Refusal(absl::string_view bytes) { return ParseSealed(bytes).status(); }

// What is sealed today must open tomorrow: this layout never changes.
TEST(SealedRecordTest, HasTheDocumentedLayout) {
  EXPECT_EQ(FormatSealed({"key-1", kNonce, "text" + kTag}),
            absl::StrCat("\x01\x05", "key-1", kNonce, "text", kTag));
}

TEST(SealedRecordTest, TakesApartWhatItPutTogether) {
  const std::string long_id(kMaxKeyIdBytes, 'i');
  for (const std::string& text : {std::string(), std::string("text"), std::string(5000, 'x')}) {
    for (const std::string& id : {std::string("k"), long_id}) {
      const std::string bytes = FormatSealed({id, kNonce, text + kTag});
      const absl::StatusOr<SealedParts> parts = ParseSealed(bytes);
      ASSERT_TRUE(parts.ok()) << parts.status();
      EXPECT_EQ(parts->key_id, id);
      EXPECT_EQ(parts->nonce, kNonce);
      EXPECT_EQ(parts->ciphertext_and_tag, text + kTag);
    }
  }
}

TEST(SealedRecordTest, RefusesEveryTruncation) {
  const std::string bytes = FormatSealed({"key-1", kNonce, kTag});
  for (size_t n = 0; n < bytes.size(); ++n) {
    EXPECT_EQ(Refusal(bytes.substr(0, n)).code(), absl::StatusCode::kDataLoss) << n;
  }
  EXPECT_TRUE(ParseSealed(bytes).ok());
}

TEST(SealedRecordTest, RefusesAKeyIdThatIsNone) {
  for (const std::string& id :
       {std::string(), std::string("a\nb"), std::string("a\0b", 3), std::string(65, 'x')}) {
    const absl::Status status = Refusal(FormatSealed({id, kNonce, kTag}));
    EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
    EXPECT_EQ(status.message(), "is not a sealed record");
  }
}

TEST(SealedRecordTest, SaysWhenANewerVersionMadeIt) {
  std::string bytes = FormatSealed({"key-1", kNonce, "hush" + kTag});
  bytes[0] = '\x02';
  EXPECT_EQ(Refusal(bytes).code(), absl::StatusCode::kUnimplemented);
  EXPECT_EQ(Refusal(bytes).message(), "is sealed in the format 2, and this build reads 1");
  bytes[0] = '\xFF';
  EXPECT_THAT(std::string(Refusal(bytes).message()), HasSubstr("format 255"));
  EXPECT_THAT(std::string(Refusal(bytes).message()), Not(HasSubstr("hush")));
}

TEST(SealedRecordTest, RefusesWhatIsLongerThanAnyRecord) {
  EXPECT_EQ(Refusal(FormatSealed({"k", kNonce, std::string(kMaxGcmBytes + 1, 'x')})).code(),
            absl::StatusCode::kDataLoss);
}

}  // namespace
}  // namespace tokenbroker

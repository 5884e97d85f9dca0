#include "crypto/aes_gcm.h"

#include <absl/strings/escaping.h>
#include <absl/strings/str_cat.h>

namespace tokenbroker {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string Bytes(absl::string_view hex) { return absl::HexStringToBytes(hex); }

struct Vector {
  std::string key, nonce, associated_data, plaintext, ciphertext, tag;
};

// Test cases 13, 14 and 16 of the GCM specification (McGrew and Viega), which are its three forms
// of a 256-bit key with a 96-bit nonce: nothing, text alone, text with associated data.
std::vector<Vector> Vectors() {
  const std::string zeros(64, '0');
  return {{zeros, "000000000000000000000000", "", "", "", "530f8afbc74536b9a963b4f1c4cb738b"},
          {zeros, "000000000000000000000000", "", "00000000000000000000000000000000",
           "cea7403d4d606b6e074ec5d3baf39d18", "d0d1c8a799996bf0265b98b5d48ab919"},
          {"feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
           "cafebabefacedbaddecaf888", "feedfacedeadbeeffeedfacedeadbeefabaddad2",
           "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
           "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
           "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
           "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662",
           "76fc6ece0f4e1768cddf8853bb2d551b"}};
}

TEST(AesGcmTest, AgreesWithTheVectorsOfTheSpecification) {
  for (const Vector& v : Vectors()) {
    const Secret key(Bytes(v.key));
    const absl::StatusOr<std::string> sealed =
        AesGcmEncrypt(key, Bytes(v.nonce), Bytes(v.associated_data), Bytes(v.plaintext));
    ASSERT_TRUE(sealed.ok()) << sealed.status();
    EXPECT_EQ(absl::BytesToHexString(*sealed), v.ciphertext + v.tag);
    const absl::StatusOr<Secret> opened =
        AesGcmDecrypt(key, Bytes(v.nonce), Bytes(v.associated_data), *sealed);
    ASSERT_TRUE(opened.ok()) << opened.status();
    EXPECT_EQ(opened->Expose(), Bytes(v.plaintext));
  }
}

class AesGcmTamperTest : public ::testing::Test {
 protected:
  absl::StatusCode Open(const Secret& key, absl::string_view nonce, absl::string_view data,
                        absl::string_view sealed) {
    const absl::StatusOr<Secret> opened = AesGcmDecrypt(key, nonce, data, sealed);
    EXPECT_THAT(opened.status().ToString(), Not(HasSubstr("hush")));
    return opened.status().code();
  }

  const Secret key_{std::string(kAesKeyBytes, 'k')};
  const std::string nonce_ = std::string(kGcmNonceBytes, 'n');
  const std::string sealed_ = *AesGcmEncrypt(key_, nonce_, "owner", "hush");
};

TEST_F(AesGcmTamperTest, RefusesEveryChangedBit) {
  for (size_t i = 0; i < sealed_.size() * 8; ++i) {
    std::string changed = sealed_;
    changed[i / 8] = static_cast<char>(changed[i / 8] ^ 1 << i % 8);
    EXPECT_EQ(Open(key_, nonce_, "owner", changed), absl::StatusCode::kDataLoss) << i;
  }
}

TEST_F(AesGcmTamperTest, RefusesEveryShorterAndALongerText) {
  for (size_t n = 0; n < sealed_.size(); ++n) {
    EXPECT_EQ(Open(key_, nonce_, "owner", sealed_.substr(0, n)), absl::StatusCode::kDataLoss) << n;
  }
  EXPECT_EQ(Open(key_, nonce_, "owner", sealed_ + "x"), absl::StatusCode::kDataLoss);
}

TEST_F(AesGcmTamperTest, RefusesAnotherKeyNonceOrOwner) {
  EXPECT_EQ(Open(Secret(std::string(kAesKeyBytes, 'K')), nonce_, "owner", sealed_),
            absl::StatusCode::kDataLoss);
  EXPECT_EQ(Open(key_, std::string(kGcmNonceBytes, 'N'), "owner", sealed_),
            absl::StatusCode::kDataLoss);
  EXPECT_EQ(Open(key_, nonce_, "Owner", sealed_), absl::StatusCode::kDataLoss);
  EXPECT_EQ(Open(key_, nonce_, "", sealed_), absl::StatusCode::kDataLoss);
  EXPECT_EQ(Open(key_, nonce_, "owner", sealed_), absl::StatusCode::kOk);
}

TEST_F(AesGcmTamperTest, RefusesSizesThatAreNotItsOwn) {
  const auto code = [](const absl::Status& status) { return status.code(); };
  const Secret short_key{std::string(16, 'k')};
  EXPECT_EQ(code(AesGcmEncrypt(short_key, nonce_, "", "").status()),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(code(AesGcmEncrypt(key_, "short", "", "").status()),
            absl::StatusCode::kInvalidArgument);
  const std::string long_text(kMaxGcmBytes + 1, 'x');
  EXPECT_EQ(code(AesGcmEncrypt(key_, nonce_, "", long_text).status()),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(code(AesGcmEncrypt(key_, nonce_, long_text, "").status()),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Open(key_, "short", "owner", sealed_), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace tokenbroker

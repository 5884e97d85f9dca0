#include "crypto/digest.h"

#include <absl/strings/escaping.h>

namespace tokenbroker {
namespace {

// FIPS 180-4's examples (NIST, SHA-256: one block, two blocks) and its million of a's.
TEST(Sha256Test, AgreesWithTheVectorsOfTheStandard) {
  const std::vector<std::pair<std::string, std::string>> vectors = {
      {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
      {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
      {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
       "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
      {std::string(1'000'000, 'a'),
       "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"}};
  for (const auto& [data, digest] : vectors) {
    EXPECT_EQ(absl::BytesToHexString(Sha256(data)), digest);
  }
}

TEST(Sha256Test, TakesZeroBytesAsData) {
  EXPECT_EQ(Sha256(absl::string_view("a\0", 2)).size(), 32u);
  EXPECT_NE(Sha256(absl::string_view("a\0", 2)), Sha256("a"));
}

}  // namespace
}  // namespace tokenbroker

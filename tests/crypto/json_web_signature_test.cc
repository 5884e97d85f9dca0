#include "crypto/json_web_signature.h"

#include <absl/strings/str_cat.h>
#include <openssl/err.h>

#include "tests/support/signing_keys.h"

namespace tokenbroker {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr char kInput[] = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UifQ";

const TestKey& KeyFor(JwsAlgorithm algorithm) {
  return algorithm == JwsAlgorithm::kEs256 ? TestEcKey() : TestRsaKey();
}

std::string Refusal(const std::string& pem, absl::optional<JwsAlgorithm> wanted = absl::nullopt) {
  const auto algorithm = JwsAlgorithmFor(Secret(pem), wanted);
  EXPECT_EQ(algorithm.status().code(), absl::StatusCode::kInvalidArgument);
  return std::string(algorithm.status().message());
}

class EachAlgorithm : public testing::TestWithParam<JwsAlgorithm> {};

TEST_P(EachAlgorithm, SignsWhatOthersVerify) {
  const TestKey& key = KeyFor(GetParam());
  for (int i = 0; i < 20; ++i) {
    const std::string input = absl::StrCat(kInput, i);
    const absl::StatusOr<std::string> signature = SignJws(GetParam(), Secret(PemOf(key)), input);
    ASSERT_TRUE(signature.ok()) << signature.status();
    EXPECT_TRUE(Verifies(GetParam(), key, input, *signature));
    EXPECT_FALSE(Verifies(GetParam(), key, kInput, *signature)) << "of another text";
  }
}

TEST_P(EachAlgorithm, FitsItsKeyWhenItIsWanted) {
  const auto algorithm = JwsAlgorithmFor(Secret(PemOf(KeyFor(GetParam()))), GetParam());
  ASSERT_TRUE(algorithm.ok()) << algorithm.status();
  EXPECT_EQ(*algorithm, GetParam());
}

INSTANTIATE_TEST_SUITE_P(JsonWebSignature, EachAlgorithm,
                         testing::Values(JwsAlgorithm::kRs256, JwsAlgorithm::kPs256,
                                         JwsAlgorithm::kEs256));

TEST(JsonWebSignatureTest, TheKeysKindDecidesWhenNothingIsWanted) {
  EXPECT_EQ(*JwsAlgorithmFor(Secret(PemOf(TestRsaKey())), absl::nullopt), JwsAlgorithm::kRs256);
  EXPECT_EQ(*JwsAlgorithmFor(Secret(PemOf(TestEcKey())), absl::nullopt), JwsAlgorithm::kEs256);
}

TEST(JsonWebSignatureTest, TheTwoRsaAlgorithmsDiffer) {
  const Secret pem(PemOf(TestRsaKey()));
  EXPECT_FALSE(Verifies(JwsAlgorithm::kPs256, TestRsaKey(), kInput,
                        *SignJws(JwsAlgorithm::kRs256, pem, kInput)));
  EXPECT_FALSE(Verifies(JwsAlgorithm::kRs256, TestRsaKey(), kInput,
                        *SignJws(JwsAlgorithm::kPs256, pem, kInput)));
}

TEST(JsonWebSignatureTest, RefusesAnAlgorithmThatDoesNotFitTheKey) {
  EXPECT_EQ(Refusal(PemOf(TestRsaKey()), JwsAlgorithm::kEs256),
            "holds an RSA key, which does not sign ES256; write RS256 or PS256");
  EXPECT_EQ(Refusal(PemOf(TestEcKey()), JwsAlgorithm::kPs256),
            "holds a key on P-256, which does not sign PS256; write ES256");
  EXPECT_EQ(SignJws(JwsAlgorithm::kEs256, Secret(PemOf(TestRsaKey())), kInput).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST(JsonWebSignatureTest, RefusesOtherKindsOfKeys) {
  for (const TestKey& key : {EcKey("P-384"), EcKey("secp256k1"), Ed25519Key()}) {
    EXPECT_THAT(Refusal(PemOf(key)), HasSubstr("holds a key of another kind"));
  }
  EXPECT_THAT(Refusal(PemOf(RsaKey(1024))), HasSubstr("below 2048 bits"));
}

TEST(JsonWebSignatureTest, RefusesWhatIsNoPrivateKeyWithoutShowingIt) {
  EXPECT_THAT(Refusal(PublicPemOf(TestRsaKey())), HasSubstr("holds no private key"));
  EXPECT_THAT(Refusal(""), HasSubstr("holds no private key"));
  const std::string cut = PemOf(TestRsaKey()).substr(0, 200);
  EXPECT_THAT(Refusal(cut), HasSubstr("holds no private key"));
  EXPECT_THAT(Refusal(cut), Not(HasSubstr(cut.substr(100, 20))));
}

TEST(JsonWebSignatureTest, RefusesAnEncryptedKeyAndAsksNobodyForThePassphrase) {
  EXPECT_THAT(Refusal(PemOf(TestEcKey(), "pass")), HasSubstr("holds an encrypted key"));
}

TEST(JsonWebSignatureTest, LeavesNoErrorForTlsToFind) {
  Refusal("nonsense");
  EXPECT_EQ(ERR_peek_error(), 0u);
}

}  // namespace
}  // namespace tokenbroker

#include "oauth/client_assertion.h"

#include <absl/strings/str_split.h>

#include "crypto/base64url.h"
#include "oauth/json.h"
#include "tests/support/signing_keys.h"

namespace tokenbroker {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000) + absl::Milliseconds(900);

class ClientAssertionTest : public testing::Test {
 protected:
  ClientAssertionTest() {
    assertion_.client_id = "https://client.example/\"quoted\"";
    assertion_.audience = "https://id.example";
    assertion_.jwt_id = "unique";
    assertion_.now = kNow;
    key_.pem = Secret(PemOf(TestRsaKey()));
  }
  // Header, claims and signature as they stand in the JWT.
  std::vector<std::string> Sign() {
    const absl::StatusOr<Secret> jwt = SignClientAssertion(assertion_, key_);
    EXPECT_TRUE(jwt.ok()) << jwt.status();
    const std::string text(jwt->Expose());
    return absl::StrSplit(text, '.');
  }
  static boost::json::object Object(const std::string& part) {
    return ParseJsonObject(*Base64UrlDecode(part)).value();
  }

  ClientAssertion assertion_;
  SigningKey key_;
};

TEST_F(ClientAssertionTest, SaysWhoAsksWhomAndUntilWhen) {
  const std::vector<std::string> parts = Sign();
  ASSERT_EQ(parts.size(), 3u);
  EXPECT_EQ(Object(parts[1]), (boost::json::object{{"iss", "https://client.example/\"quoted\""},
                                                   {"sub", "https://client.example/\"quoted\""},
                                                   {"aud", "https://id.example"},
                                                   {"jti", "unique"},
                                                   {"iat", 1'800'000'000},
                                                   {"exp", 1'800'000'060}}));
}

TEST_F(ClientAssertionTest, NamesItsAlgorithmAndTheKeyWhenItHasAName) {
  EXPECT_EQ(Object(Sign()[0]), (boost::json::object{{"alg", "RS256"}, {"typ", "JWT"}}));
  key_.algorithm = JwsAlgorithm::kPs256;
  key_.key_id = "2026-11";
  EXPECT_EQ(Object(Sign()[0]),
            (boost::json::object{{"alg", "PS256"}, {"typ", "JWT"}, {"kid", "2026-11"}}));
}

TEST_F(ClientAssertionTest, IsSignedOverHeaderAndClaims) {
  const std::vector<std::string> rsa = Sign();
  EXPECT_TRUE(Verifies(JwsAlgorithm::kRs256, TestRsaKey(), rsa[0] + "." + rsa[1],
                       *Base64UrlDecode(rsa[2])));
  key_ = {JwsAlgorithm::kEs256, "", Secret(PemOf(TestEcKey()))};
  const std::vector<std::string> ec = Sign();
  EXPECT_TRUE(
      Verifies(JwsAlgorithm::kEs256, TestEcKey(), ec[0] + "." + ec[1], *Base64UrlDecode(ec[2])));
}

TEST_F(ClientAssertionTest, AKeyThatDoesNotFitSignsNothing) {
  key_.algorithm = JwsAlgorithm::kEs256;
  EXPECT_EQ(SignClientAssertion(assertion_, key_).status().code(),
            absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace tokenbroker

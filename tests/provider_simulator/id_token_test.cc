#include "tests/provider_simulator/id_token.h"

#include <gtest/gtest.h>

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <cstddef>

#include "tests/provider_simulator/digest_and_base64.h"
#include "tests/provider_simulator/provider_fixture.h"

namespace provider_simulator {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1800000000);

std::string PartOf(const std::string& token, int index) {
  std::size_t start = 0;
  for (int i = 0; i < index; ++i) start = token.find('.', start) + 1;
  return token.substr(start, token.find('.', start) - start);
}

boost::json::object ClaimsOf(const std::string& token) {
  std::string payload = PartOf(token, 1);
  for (char& c : payload) {
    if (c == '-') c = '+';
    if (c == '_') c = '/';
  }
  payload.resize((payload.size() + 3) / 4 * 4, '=');
  return JsonOf(Base64Decode(payload).value_or(""));
}

std::string Make(IdToken kind) {
  const Login login{"alice", "account-alice", "client", "", "", "the-nonce", {"openid"}};
  return MakeIdToken(kind, "http://issuer", login, "secret", kNow);
}

TEST(IdTokenTest, TheRightOneSaysEverything) {
  EXPECT_EQ(boost::json::serialize(ClaimsOf(Make(IdToken::kRight))),
            R"({"iss":"http://issuer","sub":"account-alice","aud":"client","iat":1800000000,)"
            R"("exp":1800003600,"nonce":"the-nonce"})");
}

TEST(IdTokenTest, ItIsSignedWithTheClientSecret) {
  const std::string token = Make(IdToken::kRight);
  EXPECT_EQ(PartOf(token, 2),
            Base64UrlEncode(HmacSha256("secret", PartOf(token, 0) + "." + PartOf(token, 1))));
}

TEST(IdTokenTest, EachFlawTouchesItsOwnClaimOnly) {
  const struct {
    IdToken kind;
    const char* claim;
  } kFlaws[] = {{IdToken::kWrongNonce, "nonce"},
                {IdToken::kWrongIss, "iss"},
                {IdToken::kWrongAud, "aud"},
                {IdToken::kWrongSub, "sub"}};
  const boost::json::object right = ClaimsOf(Make(IdToken::kRight));
  for (const auto& flaw : kFlaws) {
    boost::json::object claims = ClaimsOf(Make(flaw.kind));
    EXPECT_NE(claims.at(flaw.claim), right.at(flaw.claim)) << flaw.claim;
    claims[flaw.claim] = right.at(flaw.claim);
    EXPECT_EQ(claims, right) << flaw.claim;
  }
  EXPECT_FALSE(ClaimsOf(Make(IdToken::kMissingNonce)).contains("nonce"));
  EXPECT_LT(ClaimsOf(Make(IdToken::kExpired)).at("exp").as_int64(), 1800000000 - 600);
}

class IdTokenAnswerTest : public ProviderTest {};

TEST_F(IdTokenAnswerTest, ComesWithOpenidOnly) {
  EXPECT_FALSE(LogIn("alice", {{"scope", "email"}}).contains("id_token"));
  const auto answer = LogIn("bob", {{"scope", "openid email"}, {"nonce", "n"}});
  const auto claims = ClaimsOf(Member(answer, "id_token"));
  EXPECT_EQ(Member(claims, "sub"), "account-bob");
  EXPECT_EQ(Member(claims, "nonce"), "n");
  EXPECT_EQ(Member(claims, "iss"), "http://127.0.0.1:9200");
}

TEST_F(IdTokenAnswerTest, RefreshesCarryOneWhenToldTo) {
  auto answer = LogIn("alice", {{"scope", "openid"}});
  answer = JsonOf(Refresh(Member(answer, "refresh_token")).body);
  EXPECT_FALSE(answer.contains("id_token"));
  provider_.Configure([](Settings& s) { s.id_token_at_refresh = IdToken::kWrongSub; });
  answer = JsonOf(Refresh(Member(answer, "refresh_token")).body);
  EXPECT_EQ(Member(ClaimsOf(Member(answer, "id_token")), "sub"), "account-of-somebody-else");
}

}  // namespace
}  // namespace provider_simulator

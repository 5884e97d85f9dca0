#include "tests/provider_simulator/codes_and_tokens.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace provider_simulator {
namespace {

using ::testing::ElementsAre;

constexpr char kVerifier[] = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

class CodesAndTokensTest : public ::testing::Test {
 protected:
  std::string NewCode(const std::string& challenge = "") {
    Login login{"alice", "account-alice", "client", "http://127.0.0.1/cb", challenge,
                "",      {"a", "b"}};
    return tokens_.IssueCode(login, now_ + absl::Seconds(60));
  }
  TokenResult Redeem(const std::string& code, const std::string& client = "client",
                     const std::string& redirect_uri = "http://127.0.0.1/cb",
                     const std::string& verifier = "") {
    return tokens_.RedeemCode(code, client, redirect_uri, verifier, settings_, now_);
  }
  TokenResult Refresh(const std::string& token, const std::string& client = "client",
                      const std::vector<std::string>& scopes = {}) {
    return tokens_.Refresh(token, client, scopes, settings_, now_);
  }
  IssuedTokens LogIn() { return std::get<IssuedTokens>(Redeem(NewCode())); }
  static std::string ErrorOf(const TokenResult& result) {
    const auto* error = std::get_if<OAuthError>(&result);
    return error == nullptr ? "" : error->error + ": " + error->description;
  }

  absl::Time now_ = absl::FromUnixSeconds(1800000000);
  Settings settings_;
  CodesAndTokens tokens_;
};

TEST_F(CodesAndTokensTest, ACodeGivesTokensOnce) {
  const std::string code = NewCode();
  const auto issued = std::get<IssuedTokens>(Redeem(code));
  EXPECT_NE(tokens_.FindByAccessToken(issued.access_token, now_), nullptr);
  EXPECT_EQ(ErrorOf(Redeem(code)), "invalid_grant: code was used before");
}

TEST_F(CodesAndTokensTest, TheSecondUseOfACodeRevokesWhatTheFirstGot) {
  const std::string code = NewCode();
  const auto issued = std::get<IssuedTokens>(Redeem(code));
  const IssuedTokens bystander = LogIn();
  Redeem(code);
  EXPECT_EQ(tokens_.FindByAccessToken(issued.access_token, now_), nullptr);
  EXPECT_EQ(ErrorOf(Refresh(issued.refresh_token)), "invalid_grant: the grant was revoked");
  EXPECT_NE(tokens_.FindByAccessToken(bystander.access_token, now_), nullptr);
  EXPECT_EQ(tokens_.codes_reused(), 1U);
}

TEST_F(CodesAndTokensTest, ACodeExpires) {
  const std::string code = NewCode();
  now_ += absl::Seconds(60);
  EXPECT_EQ(ErrorOf(Redeem(code)), "invalid_grant: code has expired");
}

TEST_F(CodesAndTokensTest, ACodeIsBoundToItsClientAndRedirectUri) {
  EXPECT_EQ(ErrorOf(Redeem(NewCode(), "other")), "invalid_grant: code of another client");
  EXPECT_EQ(ErrorOf(Redeem(NewCode(), "client", "http://127.0.0.1/cb/")),
            "invalid_grant: redirect_uri differs");
  EXPECT_EQ(ErrorOf(Redeem("code-invented")), "invalid_grant: unknown code");
}

TEST_F(CodesAndTokensTest, PkceIsVerifiedWithTheVectorOfTheRfc) {
  const std::string challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
  const std::string mismatch = "invalid_grant: code_verifier does not match";
  const std::string uri = "http://127.0.0.1/cb";
  EXPECT_EQ(ErrorOf(Redeem(NewCode(challenge), "client", uri, kVerifier)), "");
  EXPECT_EQ(ErrorOf(Redeem(NewCode(challenge), "client", uri, "another")), mismatch);
  EXPECT_EQ(ErrorOf(Redeem(NewCode(challenge), "client", uri, "")), mismatch);
}

TEST_F(CodesAndTokensTest, AVerifierWithoutAChallengeIsADowngrade) {
  EXPECT_EQ(ErrorOf(Redeem(NewCode(""), "client", "http://127.0.0.1/cb", kVerifier)),
            "invalid_grant: code_verifier does not match");
}

TEST_F(CodesAndTokensTest, WithoutRotationTheRefreshTokenStays) {
  settings_.rotation = Rotation::kNone;
  const IssuedTokens issued = LogIn();
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(std::get<IssuedTokens>(Refresh(issued.refresh_token)).refresh_token,
              issued.refresh_token);
  }
}

TEST_F(CodesAndTokensTest, SingleUseRotatesAndAReuseRevokesTheFamily) {
  const IssuedTokens first = LogIn();
  const auto second = std::get<IssuedTokens>(Refresh(first.refresh_token));
  EXPECT_NE(second.refresh_token, first.refresh_token);
  EXPECT_EQ(second.family, first.family);
  EXPECT_THAT(ErrorOf(Refresh(first.refresh_token)), ::testing::HasSubstr("used before"));
  EXPECT_EQ(ErrorOf(Refresh(second.refresh_token)), "invalid_grant: the grant was revoked");
  EXPECT_EQ(tokens_.FindByAccessToken(second.access_token, now_), nullptr);
  EXPECT_EQ(tokens_.families_revoked_by_reuse(), 1U);
}

TEST_F(CodesAndTokensTest, GraceForgivesAReuseUntilItEnds) {
  settings_.rotation = Rotation::kGrace;
  settings_.rotation_grace = absl::Seconds(10);
  const IssuedTokens first = LogIn();
  Refresh(first.refresh_token);
  now_ += absl::Seconds(9);
  EXPECT_EQ(ErrorOf(Refresh(first.refresh_token)), "");
  now_ += absl::Seconds(1);  // counted from the first use, not from the last
  EXPECT_THAT(ErrorOf(Refresh(first.refresh_token)), ::testing::HasSubstr("used before"));
}

TEST_F(CodesAndTokensTest, AnAnswerWithoutRefreshTokenLeavesThePresentedOneInForce) {
  settings_.refresh_token_at_refresh = RefreshTokenField::kAbsent;
  const IssuedTokens issued = LogIn();
  EXPECT_EQ(ErrorOf(Refresh(issued.refresh_token)), "");
  EXPECT_EQ(ErrorOf(Refresh(issued.refresh_token)), "");
}

TEST_F(CodesAndTokensTest, ALoginMayGiveNoRefreshToken) {
  settings_.refresh_token_at_login = RefreshTokenField::kAbsent;
  EXPECT_EQ(LogIn().refresh_token, "");
  EXPECT_TRUE(tokens_.families().begin()->second.refresh_tokens.empty());
}

TEST_F(CodesAndTokensTest, RefreshTokensMayHaveALifetime) {
  settings_.refresh_token_lifetime = absl::Seconds(30);
  const IssuedTokens issued = LogIn();
  now_ += absl::Seconds(30);
  EXPECT_EQ(ErrorOf(Refresh(issued.refresh_token)), "invalid_grant: refresh token has expired");
}

TEST_F(CodesAndTokensTest, ARefreshTokenIsBoundToItsClient) {
  const IssuedTokens issued = LogIn();
  EXPECT_EQ(ErrorOf(Refresh(issued.refresh_token, "other")),
            "invalid_grant: refresh token of another client");
  EXPECT_EQ(ErrorOf(Refresh(issued.refresh_token)), "");
}

TEST_F(CodesAndTokensTest, ARefreshMayNarrowButNotWidenScopes) {
  settings_.rotation = Rotation::kNone;
  const IssuedTokens issued = LogIn();
  EXPECT_THAT(std::get<IssuedTokens>(Refresh(issued.refresh_token, "client", {"b"})).scopes,
              ElementsAre("b"));
  EXPECT_EQ(ErrorOf(Refresh(issued.refresh_token, "client", {"a", "c"})),
            "invalid_scope: not granted");
  EXPECT_THAT(std::get<IssuedTokens>(Refresh(issued.refresh_token)).scopes, ElementsAre("a", "b"));
}

TEST_F(CodesAndTokensTest, AccessTokensAreGoodForFractionsOfASecond) {
  settings_.access_token_lifetime = absl::Milliseconds(1500);
  const IssuedTokens issued = LogIn();
  EXPECT_NE(tokens_.FindByAccessToken(issued.access_token, now_ + absl::Milliseconds(1499)),
            nullptr);
  EXPECT_EQ(tokens_.FindByAccessToken(issued.access_token, now_ + absl::Milliseconds(1500)),
            nullptr);
}

TEST_F(CodesAndTokensTest, RevokingARefreshTokenTakesItsFamilyAlong) {
  const IssuedTokens issued = LogIn();
  tokens_.RevokeToken(issued.refresh_token, "other");
  EXPECT_NE(tokens_.FindByAccessToken(issued.access_token, now_), nullptr);
  tokens_.RevokeToken(issued.refresh_token, "client");
  EXPECT_EQ(tokens_.FindByAccessToken(issued.access_token, now_), nullptr);
}

TEST_F(CodesAndTokensTest, RevokingAnAccessTokenLeavesTheRefreshToken) {
  const IssuedTokens issued = LogIn();
  tokens_.RevokeToken(issued.access_token, "client");
  EXPECT_EQ(tokens_.FindByAccessToken(issued.access_token, now_), nullptr);
  EXPECT_EQ(ErrorOf(Refresh(issued.refresh_token)), "");
}

}  // namespace
}  // namespace provider_simulator

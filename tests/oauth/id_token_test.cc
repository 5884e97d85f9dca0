#include "oauth/id_token.h"

#include "tests/oauth/jwt_builder.h"
#include "tests/oauth/refusal_matchers.h"

namespace tokenbroker {
namespace {

using ::testing::ElementsAre;

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);

class IdTokenTest : public testing::Test {
 protected:
  IdTokenTest() {
    claims_.issuer = "https://id.example";
    claims_.subject = "user-1";
    claims_.audience = {"broker"};
    claims_.nonce = "n-1";
    claims_.expires_at = kNow + absl::Minutes(5);
    claims_.issued_at = kNow;
    expected_.issuer = "https://id.example";
    expected_.client_id = "broker";
    expected_.nonce = Secret("n-1");
    expected_.now = kNow;
  }

  void ExpectRefused(absl::string_view cause) {
    EXPECT_THAT(CheckIdToken(claims_, expected_),
                RefusesBecauseOf(Reason::kIdTokenInvalid, std::string(cause)));
  }

  IdTokenClaims claims_;
  IdTokenExpectation expected_;
};

TEST_F(IdTokenTest, ReadsTheClaims) {
  const auto claims = DecodeIdToken(
      Jwt(R"({"iss":"i","sub":"s","aud":"a","azp":"z","nonce":"n","exp":17.9,"iat":3,"x":[]})"));
  ASSERT_TRUE(claims.ok()) << claims.status();
  EXPECT_EQ(claims->issuer, "i");
  EXPECT_EQ(claims->subject, "s");
  EXPECT_THAT(claims->audience, ElementsAre("a"));
  EXPECT_EQ(claims->authorized_party, "z");
  EXPECT_EQ(claims->nonce, "n");
  EXPECT_EQ(claims->expires_at, absl::FromUnixSeconds(17));
  EXPECT_EQ(claims->issued_at, absl::FromUnixSeconds(3));
}

TEST_F(IdTokenTest, ReadsAListOfAudiencesAndTheAbsenceOfEverything) {
  EXPECT_THAT(DecodeIdToken(Jwt(R"({"aud":["a","b"]})"))->audience, ElementsAre("a", "b"));
  const auto claims = DecodeIdToken(Jwt("{}"));
  ASSERT_TRUE(claims.ok());
  EXPECT_EQ(claims->expires_at, absl::nullopt);
  EXPECT_TRUE(claims->audience.empty());
}

TEST_F(IdTokenTest, RefusesWhatIsNoIdToken) {
  for (const std::string& jwt :
       {std::string(), std::string("a.b"), Jwt("{}") + ".x.y", std::string("!.!.!"),
        Jwt("{}") + "!", Jwt("[]"), Jwt("{"), Jwt(R"({"sub":"a","sub":"b"})"), Jwt(R"({"sub":1})"),
        Jwt(R"({"iss":null})"), Jwt(R"({"aud":1})"), Jwt(R"({"aud":["a",1]})"),
        Jwt(R"({"exp":"1"})"), Jwt(R"({"exp":-1})"), Jwt(R"({"iat":1e300})"),
        Jwt("{\"sub\":\"a\\u0000\"}"), "." + Base64UrlEncode("{}") + ".",
        Jwt("{}") + std::string(kMaxIdTokenBytes, 'A')}) {
    EXPECT_THAT(DecodeIdToken(jwt).status(), Refuses(Reason::kIdTokenInvalid)) << jwt.substr(0, 80);
  }
}

TEST_F(IdTokenTest, TakesASoundOne) { EXPECT_TRUE(CheckIdToken(claims_, expected_).ok()); }

TEST_F(IdTokenTest, RefusesAnotherIssuerAndNone) {
  claims_.issuer = "https://id.example/";
  ExpectRefused("issuer");
  claims_.issuer = "";
  ExpectRefused("issuer");
  expected_.issuer = "";
  ExpectRefused("issuer");
  claims_.issuer = "https://any.example";
  EXPECT_TRUE(CheckIdToken(claims_, expected_).ok());
}

TEST_F(IdTokenTest, RefusesAMissingOrEndlessSubject) {
  claims_.subject = "";
  ExpectRefused("subject");
  claims_.subject = std::string(256, 's');
  ExpectRefused("subject");
}

TEST_F(IdTokenTest, RefusesAnotherAudience) {
  claims_.audience = {"other"};
  ExpectRefused("audience");
  claims_.audience = {};
  ExpectRefused("audience");
}

TEST_F(IdTokenTest, SeveralAudiencesNeedTheAuthorizedParty) {
  claims_.audience = {"broker", "api"};
  ExpectRefused("authorized_party");
  claims_.authorized_party = "broker";
  EXPECT_TRUE(CheckIdToken(claims_, expected_).ok());
  claims_.audience = {"broker"};
  claims_.authorized_party = "other";
  ExpectRefused("authorized_party");
}

TEST_F(IdTokenTest, ExpiryHasSixtySecondsOfSkew) {
  claims_.expires_at = kNow - absl::Seconds(59);
  EXPECT_TRUE(CheckIdToken(claims_, expected_).ok());
  claims_.expires_at = kNow - absl::Seconds(60);
  ExpectRefused("expiry");
  claims_.expires_at = absl::nullopt;
  ExpectRefused("expiry");
}

TEST_F(IdTokenTest, IssueTimeHasSixtySecondsOfSkew) {
  claims_.issued_at = kNow + absl::Seconds(60);
  EXPECT_TRUE(CheckIdToken(claims_, expected_).ok());
  claims_.issued_at = kNow + absl::Seconds(61);
  ExpectRefused("issue_time");
  claims_.issued_at = absl::nullopt;
  ExpectRefused("issue_time");
}

TEST_F(IdTokenTest, RefusesAWrongOrMissingNonceOnlyWhereOneWasSent) {
  claims_.nonce = "n-2";
  ExpectRefused("nonce");
  claims_.nonce = "";
  ExpectRefused("nonce");
  expected_.nonce = Secret();
  EXPECT_TRUE(CheckIdToken(claims_, expected_).ok());
  claims_.nonce = "unasked";
  EXPECT_TRUE(CheckIdToken(claims_, expected_).ok());
}

TEST_F(IdTokenTest, ARefreshMustBringTheSameIdentity) {
  const Account account{"https://id.example", "user-1"};
  EXPECT_EQ(AccountOf(claims_), account);
  EXPECT_EQ(CompareIdentity(claims_, account, "broker"), Identity::kSame);
  EXPECT_EQ(CompareIdentity(claims_, account, "other"), Identity::kChanged);
  claims_.subject = "user-2";
  EXPECT_EQ(CompareIdentity(claims_, account, "broker"), Identity::kChanged);
  claims_.subject = "user-1";
  claims_.issuer = "https://evil.example";
  EXPECT_EQ(CompareIdentity(claims_, account, "broker"), Identity::kChanged);
}

TEST_F(IdTokenTest, AnAccountWithoutIssuerHasNothingToCompare) {
  EXPECT_EQ(CompareIdentity(claims_, Account{}, "broker"), Identity::kSame);
  EXPECT_EQ(CompareIdentity(claims_, Account{"", "spotify-name"}, "broker"), Identity::kSame);
  EXPECT_EQ(CompareIdentity(claims_, Account{}, "other"), Identity::kChanged);
}

TEST_F(IdTokenTest, QuotesNoClaim) {
  claims_.issuer = "https://hunter2.example";
  EXPECT_THAT(CheckIdToken(claims_, expected_), testing::Not(Says("hunter2")));
}

}  // namespace
}  // namespace tokenbroker

#include "access/token_review.h"

#include <absl/strings/str_cat.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crypto/base64url.h"
#include "token/refusal.h"

namespace tokenbroker {
namespace {

using testing::HasSubstr;

HttpResponse Answer(std::string body, int status = 201) {
  HttpResponse response;
  response.status = status;
  response.body = std::move(body);
  return response;
}

std::string Review(const std::string& status) {
  return absl::StrCat(R"({"kind":"TokenReview","spec":{"token":"t"},"status":)", status, "}");
}

absl::StatusOr<Caller> Parse(const std::string& status) {
  return ParseTokenReview(Answer(Review(status)), "token-broker");
}

Reason ReasonOf(const absl::StatusOr<Caller>& caller) {
  const absl::optional<Refusal> refusal = RefusalOf(caller.status());
  EXPECT_TRUE(refusal) << caller.status();
  return refusal ? refusal->reason : Reason::kFieldInvalid;
}

TEST(TokenReviewTest, AsksForOneAudienceAndEscapesTheToken) {
  EXPECT_EQ(TokenReviewBody(Secret("a\"b\n"), "token-broker").Expose(),
            R"({"apiVersion":"authentication.k8s.io/v1","kind":"TokenReview",)"
            R"("spec":{"token":"a\"b\n","audiences":["token-broker"]}})");
}

TEST(TokenReviewTest, NamesTheServiceAccount) {
  const auto caller = Parse(
      R"({"authenticated":true,"user":{"username":"system:serviceaccount:music:player","uid":"u"},)"
      R"("audiences":["other","token-broker"]})");
  ASSERT_TRUE(caller.ok()) << caller.status();
  EXPECT_EQ(caller->kind, CallerKind::kServiceAccount);
  EXPECT_EQ(caller->name, "serviceaccount:music/player");
}

TEST(TokenReviewTest, ATokenThatIsNotAcceptedIsNobodys) {
  EXPECT_EQ(ReasonOf(Parse("{}")), Reason::kCallerUnknown);
  EXPECT_EQ(ReasonOf(Parse(R"({"authenticated":false,"error":"expired"})")),
            Reason::kCallerUnknown);
  // Whatever else it says.
  EXPECT_EQ(ReasonOf(Parse(R"({"authenticated":"true","audiences":["token-broker"],)"
                           R"("user":{"username":"system:serviceaccount:a:b"}})")),
            Reason::kCallerUnknown);
}

TEST(TokenReviewTest, ATokenForAnotherAudienceIsNobodys) {
  for (const char* audiences : {R"(,"audiences":["api"])", R"(,"audiences":[])", "",
                                R"(,"audiences":"token-broker")", R"(,"audiences":[1])"}) {
    EXPECT_THAT(std::string(Parse(absl::StrCat(R"({"authenticated":true,"user":{"username":)"
                                               R"("system:serviceaccount:a:b"})",
                                               audiences, "}"))
                                .status()
                                .message()),
                HasSubstr("another audience"))
        << audiences;
  }
}

TEST(TokenReviewTest, AUserIsNoServiceAccount) {
  for (const char* name : {"admin", "system:node:a", "system:serviceaccounts:a:b"}) {
    EXPECT_EQ(ReasonOf(Parse(absl::StrCat(R"({"authenticated":true,"audiences":["token-broker"],)"
                                          R"("user":{"username":")",
                                          name, R"("}})"))),
              Reason::kCallerUnknown)
        << name;
  }
}

TEST(TokenReviewTest, NonsenseLetsNobodyInAndAccusesNobody) {
  for (const char* body :
       {"", "[]", "{}", R"({"status":1})", R"({"kind":"Status","status":"Failure"})",
        R"({"status":{"authenticated":true,"audiences":["token-broker"]}})",
        R"({"status":{"authenticated":true,"audiences":["token-broker"],)"
        R"("user":{"username":"system:serviceaccount:a:b:c"}}})",
        R"({"status":{"authenticated":true,"audiences":["token-broker"],)"
        R"("user":{"username":"system:serviceaccount:A:b"}}})",
        R"({"status":{"authenticated":true,"authenticated":true}})"}) {
    EXPECT_EQ(ReasonOf(ParseTokenReview(Answer(body), "token-broker")),
              Reason::kCallerCheckUnavailable)
        << body;
  }
  const std::string good =
      Review(R"({"authenticated":true,"user":{"username":"system:serviceaccount:a:b"},)"
             R"("audiences":["token-broker"]})");
  for (const int status : {100, 204, 302, 400, 401, 403, 404, 429, 500, 503}) {
    EXPECT_EQ(ReasonOf(ParseTokenReview(Answer(good, status), "token-broker")),
              Reason::kCallerCheckUnavailable)
        << status;
  }
}

std::string Token(const std::string& claims) {
  return absl::StrCat("h.", Base64UrlEncode(claims), ".s");
}

TEST(TokenReviewTest, ReadsWhatATokenSaysOfItself) {
  auto claims = ClaimsOf(Token(R"({"exp":1800000000,"aud":["a","token-broker"]})"));
  ASSERT_TRUE(claims.has_value());
  EXPECT_EQ(claims->expiry, absl::FromUnixSeconds(1800000000));
  EXPECT_THAT(claims->audiences, testing::ElementsAre("a", "token-broker"));
  claims = ClaimsOf(Token(R"({"exp":"x","aud":"token-broker"})"));
  ASSERT_TRUE(claims.has_value());
  EXPECT_EQ(claims->expiry, absl::InfinitePast());
  EXPECT_THAT(claims->audiences, testing::ElementsAre("token-broker"));
}

TEST(TokenReviewTest, SeesNoTokenInWhatIsNone) {
  for (const std::string& text :
       {std::string(), std::string("opaque"), absl::StrCat("h.", Base64UrlEncode("{}")),
        std::string("h.!.s"), Token("[]"), Token("nonsense")}) {
    EXPECT_FALSE(ClaimsOf(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace tokenbroker

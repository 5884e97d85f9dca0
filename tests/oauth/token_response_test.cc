#include "oauth/token_response.h"

#include "tests/oauth/jwt_builder.h"

namespace tokenbroker {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

constexpr absl::string_view kJson = "application/json;charset=UTF-8";
constexpr absl::string_view kForm = "application/x-www-form-urlencoded";

class TokenResponseTest : public testing::Test {
 protected:
  ParsedTokenAnswer Parse(absl::string_view body, int status = 200,
                          absl::string_view type = kJson) {
    HttpResponse response;
    response.status = status;
    response.body = std::string(body);
    if (!type.empty()) response.headers = {{"content-type", std::string(type)}};
    ParsedTokenAnswer answer = ParseTokenResponse(where_, config_, response);
    EXPECT_NE(answer.tokens.has_value(), answer.failure.has_value()) << body;
    return answer;
  }
  // Of a success.
  TokenResponse Tokens(absl::string_view body, int status = 200, absl::string_view type = kJson) {
    ParsedTokenAnswer answer = Parse(body, status, type);
    EXPECT_TRUE(answer.tokens.has_value()) << body << answer.failure.value_or(Failure()).error;
    return answer.tokens.value_or(TokenResponse());
  }
  void ExpectFailure(absl::string_view body, Delivery delivery, absl::string_view word,
                     int status = 200, absl::string_view type = kJson) {
    const ParsedTokenAnswer answer = Parse(body, status, type);
    ASSERT_TRUE(answer.failure.has_value()) << body;
    EXPECT_EQ(answer.failure->delivery, delivery) << body;
    EXPECT_EQ(answer.failure->error, word) << body;
  }
  // Of an answer with a good token and `field`, a JSON member.
  TokenResponse With(absl::string_view field) {
    return Tokens(absl::StrCat(R"({"access_token":"at","token_type":"Bearer",)", field, "}"));
  }

  ProviderConfig config_;
  Where where_ = Where::kRefresh;
};

TEST_F(TokenResponseTest, ReadsTheExampleOfRfc6749) {
  const TokenResponse tokens =
      Tokens(R"({"access_token":"2YotnFZFEjr1zCsicMWpAA","token_type":"example","expires_in":3600,)"
             R"("refresh_token":"tGzv3JOkF0XG5Qx2TlKWIA","example_parameter":"example_value"})");
  EXPECT_EQ(tokens.refresh_token.Expose(), "tGzv3JOkF0XG5Qx2TlKWIA");
  EXPECT_EQ(tokens.access_token_status.message(), "token_type_refused");
  config_.token_type = TokenTypeRule::kAny;
  const TokenResponse any =
      Tokens(R"({"access_token":"2YotnFZFEjr1zCsicMWpAA","token_type":"example","expires_in":1})");
  EXPECT_TRUE(any.access_token_status.ok());
  EXPECT_EQ(any.access_token.Expose(), "2YotnFZFEjr1zCsicMWpAA");
  EXPECT_EQ(any.token_type, "example");
}

TEST_F(TokenResponseTest, TakesAny2xx) {
  for (const int status : {200, 201, 202, 203, 299}) {
    EXPECT_EQ(
        Tokens(R"({"access_token":"at","token_type":"bearer"})", status).access_token.Expose(),
        "at");
  }
}

TEST_F(TokenResponseTest, ReadsAFormEncodedAnswer) {
  const TokenResponse tokens =
      Tokens("access_token=a%2Bt&token_type=bearer&expires_in=3600&refresh_token=rt&scope=a+b", 200,
             kForm);
  EXPECT_EQ(tokens.access_token.Expose(), "a+t");
  EXPECT_EQ(tokens.refresh_token.Expose(), "rt");
  EXPECT_EQ(tokens.expires_in, absl::Hours(1));
  EXPECT_THAT(*tokens.scopes, ElementsAre("a", "b"));
}

TEST_F(TokenResponseTest, SniffsWhereTheContentTypeSaysNothingOrLies) {
  const absl::string_view json = "\r\n {\"access_token\":\"at\",\"token_type\":\"bearer\"}\n";
  for (const absl::string_view type :
       {"", "text/html", "text/plain; charset=utf-8", kForm.data()}) {
    EXPECT_EQ(Tokens(json, 200, type).access_token.Expose(), "at") << type;
  }
  EXPECT_EQ(Tokens("access_token=at&token_type=bearer", 200, "text/plain").access_token.Expose(),
            "at");
  ExpectFailure("access_token=at&token_type=bearer", Delivery::kLostAnswer, "malformed_answer");
}

TEST_F(TokenResponseTest, ExpiresInIsANumberAStringOrAFloat) {
  EXPECT_EQ(With(R"("expires_in":3600)").expires_in, absl::Seconds(3600));
  EXPECT_EQ(With(R"("expires_in":"3600")").expires_in, absl::Seconds(3600));
  EXPECT_EQ(With(R"("expires_in":3599.5)").expires_in, absl::Milliseconds(3599500));
  EXPECT_EQ(With(R"("expires_in":3.6e3)").expires_in, absl::Seconds(3600));
  EXPECT_EQ(With(R"("expires_in":18446744073709551615)").expires_in, kMaxTokenLifetime);
}

TEST_F(TokenResponseTest, AnUnknownExpiresInIsTheProvidersDefaultOrNone) {
  for (const char* field : {R"("x":1)", R"("expires_in":null)", R"("expires_in":"soon")",
                            R"("expires_in":-1)", R"("expires_in":0)", R"("expires_in":"nan")",
                            R"("expires_in":"inf")", R"("expires_in":[1])", R"("expires_in":"")"}) {
    config_.default_token_lifetime = absl::nullopt;
    EXPECT_EQ(With(field).expires_in, absl::nullopt) << field;
    config_.default_token_lifetime = absl::Hours(2);
    EXPECT_EQ(With(field).expires_in, absl::Hours(2)) << field;
  }
}

TEST_F(TokenResponseTest, AHugeExpiresInIsTenYears) {
  for (const char* field : {R"("expires_in":1e300)", R"("expires_in":"1e300")",
                            R"("expires_in":9223372036854775807)"}) {
    EXPECT_EQ(With(field).expires_in, kMaxTokenLifetime) << field;
  }
}

TEST_F(TokenResponseTest, AnAbsentNullOrEmptyRefreshTokenIsNone) {
  for (const char* field : {R"("x":1)", R"("refresh_token":null)", R"("refresh_token":"")"}) {
    EXPECT_TRUE(With(field).refresh_token.empty()) << field;
  }
  EXPECT_EQ(With(R"("refresh_token":"rt")").refresh_token.Expose(), "rt");
}

// RFC 6749 appendix A.17.
TEST_F(TokenResponseTest, ARefreshTokenMayHoldASpace) {
  EXPECT_EQ(With(R"("refresh_token":"r t")").refresh_token.Expose(), "r t");
}

TEST_F(TokenResponseTest, StrangeBytesElsewhereLoseNoToken) {
  const TokenResponse latin1 =
      With("\"refresh_token\":\"rt\",\"user\":\"Jos\xe9\",\"scope\":\"a \xe9\"");
  EXPECT_EQ(latin1.access_token.Expose(), "at");
  EXPECT_EQ(latin1.refresh_token.Expose(), "rt");
  EXPECT_THAT(*latin1.scopes, ElementsAre("a"));
  EXPECT_EQ(
      Tokens("\xef\xbb\xbf{\"access_token\":\"at\",\"token_type\":\"bearer\"}", 200, "text/plain")
          .access_token.Expose(),
      "at");
}

TEST_F(TokenResponseTest, ScopeIsAStringOrAnArray) {
  EXPECT_THAT(*With(R"("scope":"a b  a")").scopes, ElementsAre("a", "b"));
  EXPECT_THAT(*With(R"("scope":["a","b","a"])").scopes, ElementsAre("a", "b"));
}

TEST_F(TokenResponseTest, CommasBetweenScopesAreForTheProvidersThatUseThem) {
  EXPECT_THAT(*With(R"("scope":"a,b c")").scopes, ElementsAre("a,b", "c"));
  config_.scope_separator = ScopeSeparator::kComma;
  EXPECT_THAT(*With(R"("scope":"a,b, c,,a")").scopes, ElementsAre("a", "b", "c"));
}

TEST_F(TokenResponseTest, AnAbsentNullOrEmptyScopeIsUnset) {
  for (const char* field :
       {R"("x":1)", R"("scope":null)", R"("scope":"")", R"("scope":[])", R"("scope":7)"}) {
    EXPECT_EQ(With(field).scopes, absl::nullopt) << field;
  }
}

TEST_F(TokenResponseTest, WhatIsNoScopeIsLeftOut) {
  EXPECT_THAT(*With(R"("scope":"a \"b c\u0000 d")").scopes, ElementsAre("a", "d"));
  EXPECT_THAT(*With(R"("scope":["a",1,null,"b c"])").scopes, ElementsAre("a"));
}

TEST_F(TokenResponseTest, BearerIsTakenInAnyCase) {
  for (const char* type : {"Bearer", "bearer", "BEARER"}) {
    EXPECT_EQ(
        Tokens(absl::StrCat(R"({"access_token":"at","token_type":")", type, "\"}")).token_type,
        "Bearer");
  }
}

TEST_F(TokenResponseTest, TheTokenTypeRuleDecides) {
  const auto accepts = [this](TokenTypeRule rule, absl::string_view type_field) {
    config_.token_type = rule;
    return Parse(absl::StrCat(R"({"access_token":"at")", type_field, "}")).tokens.has_value();
  };
  const absl::string_view absent = "", mac = R"(,"token_type":"mac")";
  const absl::string_view bearer = R"(,"token_type":"bearer")", number = R"(,"token_type":1)";
  EXPECT_TRUE(accepts(TokenTypeRule::kBearer, bearer));
  EXPECT_FALSE(accepts(TokenTypeRule::kBearer, absent));
  EXPECT_FALSE(accepts(TokenTypeRule::kBearer, mac));
  EXPECT_TRUE(accepts(TokenTypeRule::kOptional, bearer));
  EXPECT_TRUE(accepts(TokenTypeRule::kOptional, absent));
  EXPECT_FALSE(accepts(TokenTypeRule::kOptional, mac));
  EXPECT_TRUE(accepts(TokenTypeRule::kAny, bearer));
  EXPECT_TRUE(accepts(TokenTypeRule::kAny, absent));
  EXPECT_TRUE(accepts(TokenTypeRule::kAny, mac));
  EXPECT_FALSE(accepts(TokenTypeRule::kAny, number));
  EXPECT_FALSE(accepts(TokenTypeRule::kAny, R"(,"token_type":"a\nb")"));
}

TEST_F(TokenResponseTest, AnUnsoundAccessTokenKeepsASoundRefreshToken) {
  for (const char* access :
       {R"("a b")", R"("a\u0000b")", R"("a\nb")", "1", "null", R"("")", "{}", R"("a\u007f")"}) {
    const TokenResponse tokens = Tokens(absl::StrCat(
        R"({"access_token":)", access, R"(,"token_type":"bearer","refresh_token":"rt2"})"));
    EXPECT_EQ(tokens.access_token_status.message(), "access_token_refused") << access;
    EXPECT_TRUE(tokens.access_token.empty());
    EXPECT_EQ(tokens.refresh_token.Expose(), "rt2");
  }
  const TokenResponse mac =
      Tokens(R"({"access_token":"at","token_type":"mac","refresh_token":"rt2"})");
  EXPECT_EQ(mac.access_token_status.message(), "token_type_refused");
  EXPECT_EQ(mac.refresh_token.Expose(), "rt2");
}

TEST_F(TokenResponseTest, AnUnsoundAccessTokenAloneIsAnAnswerWithoutTokens) {
  ExpectFailure(R"({"access_token":"a b","token_type":"bearer"})", Delivery::kAnswered,
                "access_token_refused");
  ExpectFailure(R"({"access_token":"at","token_type":"mac"})", Delivery::kAnswered,
                "token_type_refused");
}

TEST_F(TokenResponseTest, RefusesTokensThatAreTooLongOrNotUtf8) {
  const std::string longest(kMaxTokenBytes, 'x');
  EXPECT_EQ(Tokens(absl::StrCat(R"({"access_token":")", longest, R"(","token_type":"bearer"})"))
                .access_token.Expose()
                .size(),
            kMaxTokenBytes);
  ExpectFailure(absl::StrCat(R"({"access_token":"x)", longest, R"(","token_type":"bearer"})"),
                Delivery::kAnswered, "access_token_refused");
  ExpectFailure("access_token=%ff&token_type=bearer", Delivery::kAnswered, "access_token_refused",
                200, kForm);
  ExpectFailure("{\"access_token\":\"\xff\",\"token_type\":\"bearer\"}", Delivery::kAnswered,
                "access_token_refused");
}

TEST_F(TokenResponseTest, AnUnsoundRefreshTokenIsALostAnswer) {
  for (const char* refresh : {R"("r\u0000")", "\"r\xff\"", "7", "[]"}) {
    ExpectFailure(absl::StrCat(R"({"access_token":"at","token_type":"bearer","refresh_token":)",
                               refresh, "}"),
                  Delivery::kLostAnswer, "malformed_answer");
  }
}

TEST_F(TokenResponseTest, An200CanCarryAnError) {
  const ParsedTokenAnswer answer =
      Parse(R"({"error":"invalid_grant","error_description":"x","access_token":null})");
  ASSERT_TRUE(answer.failure.has_value());
  EXPECT_EQ(answer.failure->delivery, Delivery::kAnswered);
  EXPECT_EQ(answer.failure->error_class, ErrorClass::kGrantDead);
  EXPECT_EQ(answer.failure->error, "invalid_grant");
  ExpectFailure("error=no_such_word", Delivery::kAnswered, "unregistered_error", 200, kForm);
}

TEST_F(TokenResponseTest, AnErrorOfGithubOrSlackUnder200IsSeen) {
  const ParsedTokenAnswer github =
      Parse("error=bad_refresh_token&error_description=The+refresh+token+passed+is+incorrect", 200,
            "application/x-www-form-urlencoded; charset=utf-8");
  EXPECT_EQ(github.failure->error_class, ErrorClass::kGrantDead);
  const ParsedTokenAnswer slack = Parse(R"({"ok":false,"error":"invalid_refresh_token"})");
  EXPECT_EQ(slack.failure->error_class, ErrorClass::kGrantDead);
  where_ = Where::kCode;
  EXPECT_EQ(Parse("error=bad_verification_code", 200, kForm).failure->error_class,
            ErrorClass::kCodeRefused);
}

TEST_F(TokenResponseTest, AnErrorBesideARefreshTokenAloneIsAnError) {
  ExpectFailure(R"({"error":"invalid_grant","refresh_token":"echo"})", Delivery::kAnswered,
                "invalid_grant");
}

TEST_F(TokenResponseTest, AnEmptyErrorBesideTokensIsNone) {
  for (const char* error : {"null", R"("")", "false"}) {
    EXPECT_EQ(With(absl::StrCat(R"("error":)", error)).access_token.Expose(), "at");
    ExpectFailure(absl::StrCat(R"({"error":)", error, "}"), Delivery::kLostAnswer,
                  "malformed_answer");
  }
}

TEST_F(TokenResponseTest, AnErrorThatIsNoStringIsStillAnAnswer) {
  ExpectFailure(R"({"error":{"code":"invalid_grant"}})", Delivery::kAnswered, "unregistered_error");
}

TEST_F(TokenResponseTest, WhereItWasMetDecides) {
  where_ = Where::kCode;
  const ParsedTokenAnswer answer = Parse(R"({"error":"invalid_grant"})", 400);
  EXPECT_EQ(answer.failure->error_class, ErrorClass::kCodeRefused);
}

TEST_F(TokenResponseTest, NeitherTokensNorErrorIsALostAnswer) {
  for (const char* body : {"", "{}", "<html>down for maintenance</html>", "null", "[]", "{",
                           R"({"token_type":"bearer"})", R"({"access_token":""})"}) {
    ExpectFailure(body, Delivery::kLostAnswer, "malformed_answer");
    ExpectFailure(body, Delivery::kLostAnswer, "malformed_answer", 200, "text/html");
  }
}

TEST_F(TokenResponseTest, ANamedTwiceFieldMakesTheAnswerUnreadable) {
  ExpectFailure(R"({"access_token":"a","access_token":"b","token_type":"bearer"})",
                Delivery::kLostAnswer, "malformed_answer");
  ExpectFailure("access_token=a&access_token=b&token_type=bearer", Delivery::kLostAnswer,
                "malformed_answer", 200, kForm);
}

TEST_F(TokenResponseTest, TokensUnderAnErrorStatusCountForNothing) {
  ExpectFailure(R"({"access_token":"at","token_type":"bearer"})", Delivery::kAnswered, "http_400",
                400);
  ExpectFailure("<html>", Delivery::kAnswered, "http_503", 503, "text/html");
  ExpectFailure("<html>", Delivery::kLostAnswer, "http_502", 502, "text/html");
  ExpectFailure("", Delivery::kAnswered, "http_302", 302, "");
}

TEST_F(TokenResponseTest, AnAnswerBeyondOneMebibyteIsLost) {
  const std::string huge(kMaxTokenAnswerBytes, ' ');
  ExpectFailure(absl::StrCat(R"({"access_token":"at","token_type":"bearer","x":")", huge, "\"}"),
                Delivery::kLostAnswer, "malformed_answer");
}

TEST_F(TokenResponseTest, KeepsOnlyListedAttributesAsStrings) {
  config_.attributes = {"instance_url", "realm", "big",    "ratio", "flag",
                        "list",         "odd",   "absent", "long",  "access_token"};
  const TokenResponse tokens =
      With(R"("instance_url":"https://x.example","realm":-7,"big":18446744073709551615,)"
           R"("ratio":0.5,"flag":true,"list":[1],"odd":"a\u0001","other":"no","long":")" +
           std::string(2049, 'x') + "\"");
  EXPECT_THAT(tokens.attributes,
              ElementsAre(Pair("big", "18446744073709551615"), Pair("flag", "true"),
                          Pair("instance_url", "https://x.example"), Pair("ratio", "0.5"),
                          Pair("realm", "-7")));
}

TEST_F(TokenResponseTest, ATokenWithinAnObjectIsFoundByItsPointer) {
  config_.token_pointer = "/authed_user";
  config_.attributes = {"team", "id"};
  const TokenResponse tokens = Tokens(
      R"({"ok":true,"access_token":"bot","refresh_token":"bots","token_type":"bot","team":"T1",)"
      R"("authed_user":{"id":"U1","access_token":"at","refresh_token":"rt","scope":"a",)"
      R"("token_type":"Bearer","expires_in":60}})");
  EXPECT_EQ(tokens.access_token.Expose(), "at");
  EXPECT_EQ(tokens.refresh_token.Expose(), "rt");
  EXPECT_EQ(tokens.expires_in, absl::Seconds(60));
  EXPECT_THAT(*tokens.scopes, ElementsAre("a"));
  EXPECT_THAT(tokens.attributes, ElementsAre(Pair("id", "U1"), Pair("team", "T1")));
}

TEST_F(TokenResponseTest, AnAnswerWithoutThatObjectIsReadFromTheTop) {
  config_.token_pointer = "/authed_user";
  EXPECT_EQ(Tokens(R"({"access_token":"at","token_type":"Bearer"})").access_token.Expose(), "at");
  EXPECT_EQ(Tokens("access_token=at&token_type=bearer", 200, kForm).access_token.Expose(), "at");
  ExpectFailure(R"({"ok":false,"error":"invalid_grant"})", Delivery::kAnswered, "invalid_grant");
}

TEST_F(TokenResponseTest, ATokenBesideThatObjectIsAnothers) {
  config_.token_pointer = "/authed_user";
  const ParsedTokenAnswer answer =
      Parse(R"({"access_token":"bot","token_type":"Bearer","authed_user":{"id":"U1"}})");
  EXPECT_TRUE(answer.failure.has_value());
}

TEST_F(TokenResponseTest, AnErrorIsSeenBesideThatObject) {
  config_.token_pointer = "/authed_user";
  ExpectFailure(R"({"error":"invalid_grant","authed_user":{"id":"U1"}})", Delivery::kAnswered,
                "invalid_grant");
}

TEST_F(TokenResponseTest, AnIdTokenIsDecodedOrSaysThatItCannotBe) {
  EXPECT_EQ(With(R"("x":1)").id_token, absl::nullopt);
  EXPECT_EQ(With(R"("id_token":null)").id_token, absl::nullopt);
  EXPECT_EQ(
      With(absl::StrCat(R"("id_token":")", Jwt(R"({"sub":"u"})"), "\"")).id_token.value()->subject,
      "u");
  EXPECT_FALSE(With(R"("id_token":"garbage")").id_token.value().ok());
  EXPECT_FALSE(With(R"("id_token":7)").id_token.value().ok());
}

}  // namespace
}  // namespace tokenbroker

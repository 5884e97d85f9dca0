#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/value.hpp>
#include <functional>

#include "tests/provider_simulator/provider_fixture.h"

namespace provider_simulator {
namespace {

namespace json = boost::json;

class TokenEndpointTest : public ProviderTest {
 protected:
  std::string ErrorOf(const HttpReply& reply) {
    return std::to_string(reply.status) + " " + Member(JsonOf(reply.body), "error");
  }
  json::object LogInWith(const std::function<void(Settings&)>& change, const std::string& scope) {
    provider_.Configure(change);
    return LogIn("alice", {{"scope", scope}, {"nonce", "the-nonce"}});
  }
};

TEST_F(TokenEndpointTest, ALoginGivesAFullAnswer) {
  const HttpReply reply = Redeem(Code());
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(HeaderOf(reply, "Content-Type"), "application/json");
  EXPECT_EQ(HeaderOf(reply, "Cache-Control"), "no-store");
  const json::object answer = JsonOf(reply.body);
  EXPECT_NE(Member(answer, "access_token"), "");
  EXPECT_NE(Member(answer, "refresh_token"), "");
  EXPECT_EQ(Member(answer, "token_type"), "Bearer");
  EXPECT_EQ(Member(answer, "scope"), "read write");
  EXPECT_EQ(answer.at("expires_in"), json::value(3600));
  EXPECT_FALSE(answer.contains("id_token"));
}

TEST_F(TokenEndpointTest, ARefreshGivesAFullAnswer) {
  const json::object login = LogIn();
  const json::object answer = JsonOf(Refresh(Member(login, "refresh_token")).body);
  EXPECT_NE(Member(answer, "access_token"), Member(login, "access_token"));
  EXPECT_NE(Member(answer, "refresh_token"), Member(login, "refresh_token"));
  EXPECT_EQ(Member(answer, "scope"), "read write");
}

TEST_F(TokenEndpointTest, RefusesWhatIsNoFormPost) {
  EXPECT_EQ(Get("/token").status, 405);
  HttpRequest request;
  request.method = "POST";
  request.path = "/token";
  request.headers["content-type"] = "application/json";
  EXPECT_EQ(ErrorOf(provider_.Handle(request)), "400 invalid_request");
  request.headers["content-type"] = "application/x-www-form-urlencoded; charset=utf-8";
  request.body = "grant_type=refresh_token&grant_type=refresh_token";
  EXPECT_EQ(ErrorOf(provider_.Handle(request)), "400 invalid_request");
}

TEST_F(TokenEndpointTest, RefusesWrongClientsWith401AndAChallenge) {
  const HttpReply reply =
      Post("/token", {{"grant_type", "refresh_token"}}, BasicAuthorization("client", "wrong"));
  EXPECT_EQ(ErrorOf(reply), "401 invalid_client");
  EXPECT_EQ(HeaderOf(reply, "WWW-Authenticate"), "Basic realm=\"token\"");
}

TEST_F(TokenEndpointTest, AChangedSecretTakesEffectAtOnce) {
  const std::string token = Member(LogIn(), "refresh_token");
  provider_.PutClient({"client", "rotated secret", {}});
  EXPECT_EQ(ErrorOf(Refresh(token)), "401 invalid_client");
  EXPECT_EQ(Post("/token", {{"grant_type", "refresh_token"}, {"refresh_token", token}},
                 BasicAuthorization("client", "rotated secret"))
                .status,
            200);
}

TEST_F(TokenEndpointTest, RefusesWrongGrants) {
  EXPECT_EQ(ErrorOf(Post("/token", {{"grant_type", "password"}})), "400 unsupported_grant_type");
  EXPECT_EQ(ErrorOf(Refresh("rt-invented")), "400 invalid_grant");
  EXPECT_EQ(ErrorOf(Redeem("code-invented")), "400 invalid_grant");
  EXPECT_EQ(ErrorOf(Redeem(Code(), {{"redirect_uri", "http://127.0.0.1:8181/other"}})),
            "400 invalid_grant");
  EXPECT_EQ(ErrorOf(Redeem(Code(), {{"code_verifier", "wrong"}})), "400 invalid_grant");
}

TEST_F(TokenEndpointTest, ACodeExpiresAfterAMinute) {
  const std::string code = Code();
  now_ += absl::Seconds(60);
  EXPECT_EQ(ErrorOf(Redeem(code)), "400 invalid_grant");
}

TEST_F(TokenEndpointTest, ExpiresInIsRoundedDownAndMayBeAStringOrAbsent) {
  const auto lifetime = [](Settings& s) { s.access_token_lifetime = absl::Milliseconds(2900); };
  EXPECT_EQ(LogInWith(lifetime, "a").at("expires_in"), json::value(2));
  const auto text = [](Settings& s) { s.expires_in = ExpiresInField::kString; };
  EXPECT_EQ(Member(LogInWith(text, "a"), "expires_in"), "2");
  const auto absent = [](Settings& s) { s.expires_in = ExpiresInField::kAbsent; };
  EXPECT_FALSE(LogInWith(absent, "a").contains("expires_in"));
}

TEST_F(TokenEndpointTest, TheRefreshTokenMayBeAbsentEmptyOrNullAtLogin) {
  const auto set = [](RefreshTokenField field) {
    return [field](Settings& s) { s.refresh_token_at_login = field; };
  };
  EXPECT_FALSE(LogInWith(set(RefreshTokenField::kAbsent), "a").contains("refresh_token"));
  EXPECT_EQ(LogInWith(set(RefreshTokenField::kEmpty), "a").at("refresh_token"), json::value(""));
  EXPECT_TRUE(LogInWith(set(RefreshTokenField::kNull), "a").at("refresh_token").is_null());
}

TEST_F(TokenEndpointTest, ARefreshMayCarryNoRefreshTokenAndThenRotatesNothing) {
  const std::string token = Member(LogIn(), "refresh_token");
  for (auto field :
       {RefreshTokenField::kAbsent, RefreshTokenField::kEmpty, RefreshTokenField::kNull}) {
    provider_.Configure([field](Settings& s) { s.refresh_token_at_refresh = field; });
    const json::object answer = JsonOf(Refresh(token).body);
    EXPECT_EQ(Member(answer, "refresh_token"), "");
    EXPECT_EQ(answer.contains("refresh_token"), field != RefreshTokenField::kAbsent);
  }
}

TEST_F(TokenEndpointTest, ScopesMayBeNarrowedAnArrayOrAbsent) {
  const auto narrow = [](Settings& s) { s.narrow_scopes_to = {"write", "never-asked"}; };
  EXPECT_EQ(Member(LogInWith(narrow, "read write"), "scope"), "write");
  const auto array = [](Settings& s) {
    s.narrow_scopes_to.reset();
    s.scope = ScopeField::kArray;
  };
  EXPECT_EQ(LogInWith(array, "read write").at("scope"), (json::value{"read", "write"}));
  const auto absent = [](Settings& s) { s.scope = ScopeField::kAbsent; };
  EXPECT_FALSE(LogInWith(absent, "read").contains("scope"));
}

TEST_F(TokenEndpointTest, TheTokenTypeMayBeAnotherOrAbsent) {
  const auto dpop = [](Settings& s) { s.token_type = "DPoP"; };
  EXPECT_EQ(Member(LogInWith(dpop, "a"), "token_type"), "DPoP");
  const auto absent = [](Settings& s) { s.token_type.reset(); };
  EXPECT_FALSE(LogInWith(absent, "a").contains("token_type"));
}

TEST_F(TokenEndpointTest, ExtraFieldsAreAddedAndOverride) {
  const auto extra = [](Settings& s) {
    s.extra_answer_fields = {{"instance_url", "https://eu1.example"}, {"expires_in", -5}};
  };
  const json::object answer = LogInWith(extra, "a");
  EXPECT_EQ(Member(answer, "instance_url"), "https://eu1.example");
  EXPECT_EQ(answer.at("expires_in"), json::value(-5));
}

TEST_F(TokenEndpointTest, AnswersMayBeForms) {
  provider_.Configure([](Settings& s) {
    s.answer_format = AnswerFormat::kForm;
    s.scope = ScopeField::kArray;
    s.refresh_token_at_login = RefreshTokenField::kNull;
  });
  const HttpReply reply = Redeem(Code());
  EXPECT_EQ(HeaderOf(reply, "Content-Type"), "application/x-www-form-urlencoded");
  const auto form = ParseForm(reply.body);
  ASSERT_TRUE(form.has_value()) << reply.body;
  EXPECT_NE(Field(*form, "access_token"), "");
  EXPECT_EQ(Field(*form, "expires_in"), "3600");
  EXPECT_EQ(Field(*form, "scope"), "read write");
  EXPECT_EQ(form->at("refresh_token"), "");
}

TEST_F(TokenEndpointTest, RevocationTakesTheGrantAlong) {
  const json::object login = LogIn();
  EXPECT_EQ(Post("/revoke", {{"token", "unknown"}}).status, 200);
  EXPECT_EQ(ErrorOf(Post("/revoke", {{"token", "x"}}, "")), "401 invalid_client");
  EXPECT_EQ(ErrorOf(Post("/revoke", {})), "400 invalid_request");
  EXPECT_EQ(Post("/revoke", {{"token", Member(login, "refresh_token")}}).status, 200);
  EXPECT_EQ(ErrorOf(Refresh(Member(login, "refresh_token"))), "400 invalid_grant");
  EXPECT_EQ(Get("/userinfo", "Bearer " + Member(login, "access_token")).status, 401);
}

}  // namespace
}  // namespace provider_simulator

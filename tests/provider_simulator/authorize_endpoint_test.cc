#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/provider_simulator/provider_fixture.h"

namespace provider_simulator {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class AuthorizeEndpointTest : public ProviderTest {
 protected:
  HttpReply PostForm(const Fields& fields) { return Post("/authorize", fields, ""); }
  std::string ErrorOf(const HttpReply& reply) { return LocationParameter(reply, "error"); }
};

TEST_F(AuthorizeEndpointTest, AutoApprovalRedirectsAtOnceWithCodeStateAndIssuer) {
  const HttpReply reply = Authorize();
  EXPECT_EQ(reply.status, 302);
  EXPECT_THAT(HeaderOf(reply, "Location"), StartsWith(std::string(kRedirectUri) + "?code="));
  EXPECT_EQ(LocationParameter(reply, "state"), "the-state");
  EXPECT_EQ(LocationParameter(reply, "iss"), "http://127.0.0.1:9200");
}

TEST_F(AuthorizeEndpointTest, ARedirectUriWithAQueryKeepsIt) {
  const HttpReply reply = Authorize({{"redirect_uri", "http://127.0.0.1/cb?tab=1"}});
  EXPECT_THAT(HeaderOf(reply, "Location"), StartsWith("http://127.0.0.1/cb?tab=1&code="));
}

TEST_F(AuthorizeEndpointTest, TheIssuerMayBeWrongOrMissing) {
  provider_.Configure([](Settings& s) { s.iss = IssField::kWrong; });
  EXPECT_EQ(LocationParameter(Authorize(), "iss"), "https://wrong-issuer.example");
  provider_.Configure([](Settings& s) { s.iss = IssField::kMissing; });
  EXPECT_EQ(LocationParameter(Authorize(), "iss"), "");
}

TEST_F(AuthorizeEndpointTest, WithoutAutoApprovalAPageListsTheUsers) {
  provider_.Configure([](Settings& s) { s.auto_approve_user.reset(); });
  const HttpReply reply = Authorize({{"state", "\"><script>"}});
  EXPECT_EQ(reply.status, 200);
  EXPECT_THAT(reply.body, HasSubstr(R"(name="user" value="alice")"));
  EXPECT_THAT(reply.body, HasSubstr(R"(name="user" value="bob")"));
  EXPECT_THAT(reply.body, HasSubstr(R"(name="decision" value="deny")"));
  EXPECT_THAT(reply.body, HasSubstr(R"(name="state" value="&quot;&gt;&lt;script&gt;")"));
}

TEST_F(AuthorizeEndpointTest, ThePagesButtonsApproveOrDeny) {
  const HttpReply allowed = PostForm(AuthorizeFields({{"user", "bob"}}));
  EXPECT_EQ(allowed.status, 302);
  EXPECT_NE(LocationParameter(allowed, "code"), "");
  EXPECT_EQ(ErrorOf(PostForm(AuthorizeFields({{"decision", "deny"}}))), "access_denied");
  EXPECT_EQ(PostForm(AuthorizeFields({{"user", "mallory"}})).status, 400);
}

TEST_F(AuthorizeEndpointTest, ALoginHintApprovesWhenSwitchedOn) {
  provider_.Configure([](Settings& s) { s.auto_approve_user.reset(); });
  EXPECT_EQ(Authorize({{"login_hint", "bob"}}).status, 200);
  provider_.Configure([](Settings& s) { s.login_hint_approves = true; });
  EXPECT_EQ(Authorize({{"login_hint", "bob"}}).status, 302);
  EXPECT_EQ(Authorize().status, 200);
  EXPECT_EQ(Authorize({{"login_hint", "mallory"}}).status, 400);
}

TEST_F(AuthorizeEndpointTest, AConfiguredErrorIsRedirected) {
  provider_.Configure([](Settings& s) { s.authorize_error = "temporarily_unavailable"; });
  const HttpReply reply = Authorize();
  EXPECT_EQ(ErrorOf(reply), "temporarily_unavailable");
  EXPECT_EQ(LocationParameter(reply, "state"), "the-state");
  EXPECT_EQ(LocationParameter(reply, "code"), "");
}

TEST_F(AuthorizeEndpointTest, AWrongClientOrRedirectUriGetsAPageAndNoRedirect) {
  provider_.PutClient({"strict", "secret", {"https://app.example/cb"}});
  for (const Fields& overrides :
       {Fields{{"client_id", "nobody"}}, Fields{{"redirect_uri", ""}},
        Fields{{"client_id", "strict"}},
        Fields{{"client_id", "strict"}, {"redirect_uri", "https://app.example/cb/"}}}) {
    const HttpReply reply = Authorize(overrides);
    EXPECT_EQ(reply.status, 400);
    EXPECT_EQ(HeaderOf(reply, "Location"), "");
  }
  EXPECT_EQ(Authorize({{"client_id", "strict"}, {"redirect_uri", "https://app.example/cb"}}).status,
            302);
}

TEST_F(AuthorizeEndpointTest, RefusesWrongRequestsByRedirect) {
  EXPECT_EQ(ErrorOf(Authorize({{"response_type", "token"}})), "unsupported_response_type");
  EXPECT_EQ(ErrorOf(Authorize({{"code_challenge", ""}})), "invalid_request");
  EXPECT_EQ(ErrorOf(Authorize({{"code_challenge_method", "plain"}})), "invalid_request");
  EXPECT_EQ(ErrorOf(Authorize({{"code_challenge_method", ""}})), "invalid_request");
}

TEST_F(AuthorizeEndpointTest, PkceCanBeOptional) {
  provider_.Configure([](Settings& s) { s.pkce_required = false; });
  EXPECT_NE(
      LocationParameter(Authorize({{"code_challenge", ""}, {"code_challenge_method", ""}}), "code"),
      "");
}

TEST_F(AuthorizeEndpointTest, RefusesARepeatedParameter) {
  HttpRequest request;
  request.method = "GET";
  request.path = "/authorize";
  request.query = FormEncode(AuthorizeFields()) + "&state=again";
  EXPECT_EQ(provider_.Handle(request).status, 400);
}

TEST_F(AuthorizeEndpointTest, ApproveNeedsNoHttp) {
  const std::string uri = "http://127.0.0.1:9200/authorize?" + FormEncode(AuthorizeFields());
  const auto location = provider_.Approve(uri, "bob");
  ASSERT_TRUE(location.ok()) << location.status();
  EXPECT_THAT(*location, StartsWith(std::string(kRedirectUri) + "?code="));
  EXPECT_EQ(provider_.Approve(uri, "mallory").status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(provider_.counters().Requests(Endpoint::kAuthorize), 0U);
}

}  // namespace
}  // namespace provider_simulator

#include "oauth/authorization_uri.h"

#include "oauth/percent_encoding.h"
#include "tests/oauth/refusal_matchers.h"

namespace tokenbroker {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Pair;

class AuthorizationUriTest : public testing::Test {
 protected:
  AuthorizationUriTest() {
    config_.name = "acme";
    config_.client_id = "the client";
    resolved_.authorization_endpoint = "https://id.example/authorize";
    request_.redirect_uri = "https://app.example/cb?x=1&y=2";
    request_.scopes = {"a", "b:c"};
    request_.state = "s-1";
  }

  absl::StatusOr<std::string> Build() {
    resolved_.config = std::make_shared<const ProviderConfig>(config_);
    request_.provider = std::make_shared<const ResolvedProvider>(resolved_);
    return BuildAuthorizationUri(request_);
  }

  FormFields Query() {
    const std::string uri = Build().value();
    return ParseForm(absl::string_view(uri).substr(uri.find('?') + 1)).value();
  }

  ProviderConfig config_;
  ResolvedProvider resolved_;
  AuthorizationRequest request_;
};

TEST_F(AuthorizationUriTest, EncodesEveryParameterOnce) {
  EXPECT_EQ(*Build(),
            "https://id.example/authorize?response_type=code&client_id=the%20client&redirect_uri="
            "https%3A%2F%2Fapp.example%2Fcb%3Fx%3D1%26y%3D2&scope=a%20b%3Ac&state=s-1");
}

TEST_F(AuthorizationUriTest, SendsTheChallengeAndNeverTheVerifier) {
  request_.code_verifier = Secret("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
  EXPECT_THAT(*Build(), HasSubstr("&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
                                  "&code_challenge_method=S256"));
  EXPECT_THAT(*Build(), Not(HasSubstr("dBjftJeZ4CVP")));
}

TEST_F(AuthorizationUriTest, SendsTheNonceAndNoEmptyScope) {
  request_.nonce = Secret("n 1");
  request_.scopes.clear();
  EXPECT_THAT(Query(), ElementsAre(Pair("response_type", "code"), Pair("client_id", "the client"),
                                   Pair("redirect_uri", "https://app.example/cb?x=1&y=2"),
                                   Pair("state", "s-1"), Pair("nonce", "n 1")));
}

TEST_F(AuthorizationUriTest, KeepsTheEndpointsOwnQuery) {
  resolved_.authorization_endpoint = "https://id.example/authorize?p=B2C_1";
  EXPECT_THAT(*Build(), testing::StartsWith("https://id.example/authorize?p=B2C_1&response_type="));
  resolved_.authorization_endpoint = "https://id.example/authorize?p=1&";
  EXPECT_THAT(*Build(), testing::StartsWith("https://id.example/authorize?p=1&response_type="));
  resolved_.authorization_endpoint = "https://id.example/authorize?";
  EXPECT_THAT(*Build(), testing::StartsWith("https://id.example/authorize?response_type="));
}

TEST_F(AuthorizationUriTest, AlwaysAddsTheConfiguredParameters) {
  config_.authorization_params = {{"audience", "https://api.example/"}, {"show_dialog", "true"}};
  EXPECT_THAT(*Build(), HasSubstr("&audience=https%3A%2F%2Fapi.example%2F&show_dialog=true"));
}

TEST_F(AuthorizationUriTest, ACallerMayAddAndOverrideOnlyWhatIsAllowed) {
  config_.authorization_params = {{"show_dialog", "true"}, {"audience", "x"}};
  config_.allowed_authorization_params = {"show_dialog", "login_hint"};
  request_.params = {{"show_dialog", "false"}, {"login_hint", "a@b"}};
  EXPECT_THAT(*Build(), HasSubstr("&audience=x&login_hint=a%40b&show_dialog=false"));
  request_.params = {{"audience", "y"}};
  EXPECT_THAT(Build().status(),
              RefusesBecauseOf(Reason::kFieldInvalid, "authorization_params.audience"));
}

TEST_F(AuthorizationUriTest, NobodyMaySetAReservedParameter) {
  for (const char* name :
       {"client_id", "redirect_uri", "response_type", "response_mode", "state", "scope", "nonce",
        "code_challenge", "code_challenge_method", "request", "request_uri"}) {
    config_.allowed_authorization_params = {name};
    request_.params = {{name, "x"}};
    EXPECT_THAT(Build().status(), Refuses(Reason::kFieldInvalid)) << name;
    request_.params.clear();
    config_.authorization_params = {{name, "x"}};
    EXPECT_THAT(Build().status(), Refuses(Reason::kProviderMisconfigured)) << name;
    config_.authorization_params.clear();
    resolved_.authorization_endpoint = std::string("https://id.example/authorize?") + name + "=x";
    EXPECT_THAT(Build().status(), Refuses(Reason::kProviderMisconfigured)) << name;
    resolved_.authorization_endpoint = "https://id.example/authorize";
  }
}

TEST_F(AuthorizationUriTest, NoParameterIsSentTwice) {
  resolved_.authorization_endpoint = "https://id.example/authorize?p=1";
  config_.allowed_authorization_params = {"p"};
  request_.params = {{"p", "2"}};
  EXPECT_THAT(Build().status(), RefusesBecauseOf(Reason::kFieldInvalid, "authorization_params.p"));
  request_.params.clear();
  config_.authorization_params = {{"p", "2"}};
  EXPECT_THAT(Build().status(), Refuses(Reason::kProviderMisconfigured));
  config_.authorization_params.clear();
  resolved_.authorization_endpoint = "https://id.example/authorize?p=1&p=2";
  EXPECT_THAT(Build().status(), Refuses(Reason::kProviderMisconfigured));
}

TEST_F(AuthorizationUriTest, RefusesAValueThatIsTooLongOrNotPrintable) {
  config_.allowed_authorization_params = {"p"};
  for (const std::string& value :
       {std::string(2049, 'x'), std::string("a\nb"), std::string("\xff")}) {
    request_.params = {{"p", value}};
    EXPECT_THAT(Build().status(),
                RefusesBecauseOf(Reason::kFieldInvalid, "authorization_params.p"));
  }
}

TEST_F(AuthorizationUriTest, QuotesNoStrangeParameterName) {
  request_.params = {{"a\nb", "x"}};
  EXPECT_THAT(Build().status(), RefusesBecauseOf(Reason::kFieldInvalid, "authorization_params"));
}

TEST_F(AuthorizationUriTest, RefusesMoreThanThirtyTwoParametersOfACaller) {
  for (int i = 0; i < 33; ++i) {
    config_.allowed_authorization_params.push_back("p" + std::to_string(i));
    request_.params["p" + std::to_string(i)] = "x";
  }
  EXPECT_THAT(Build().status(), Refuses(Reason::kFieldInvalid));
}

TEST_F(AuthorizationUriTest, PutsBetweenScopesWhatTheProviderWants) {
  request_.scopes = {"a", "b:c"};
  config_.scope_separator = ScopeSeparator::kComma;
  EXPECT_THAT(*Build(), HasSubstr("&scope=a%2Cb%3Ac&"));
  request_.scopes = {"a,b"};
  EXPECT_THAT(Build().status(), Refuses(Reason::kScopeInvalid));
}

TEST_F(AuthorizationUriTest, RefusesAScopeThatIsNone) {
  request_.scopes = {"a b"};
  EXPECT_THAT(Build().status(), Refuses(Reason::kScopeInvalid));
}

}  // namespace
}  // namespace tokenbroker

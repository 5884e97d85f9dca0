#include "config/provider_rules.h"

#include "tests/config/config_fixture.h"

namespace tokenbroker {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

class ProviderRulesTest : public ConfigTest {
 protected:
  std::string ErrorsWith(const std::map<std::string, std::string>& keys) {
    return Errors(WithProvider(keys));
  }
};

TEST_F(ProviderRulesTest, HasTheDocumentedDefaults) {
  const ProviderConfig p = Provider(WithProvider({}));
  EXPECT_EQ(p.name, "p");
  EXPECT_EQ(p.client_id, "me");
  EXPECT_EQ(p.client_authentication, ClientAuthentication::kBasic);
  EXPECT_EQ(p.pkce, Pkce::kS256);
  EXPECT_EQ(p.token_type, TokenTypeRule::kBearer);
  EXPECT_EQ(p.default_token_lifetime, absl::nullopt);
  EXPECT_EQ(p.request_timeout, absl::Seconds(10));
  EXPECT_EQ(p.connect_timeout, absl::Seconds(3));
  EXPECT_EQ(p.max_in_flight, 64);
  EXPECT_EQ(p.requests_per_second, 0);
  EXPECT_EQ(p.account_id_pointer, "/id");
  EXPECT_EQ(p.scope_separator, ScopeSeparator::kSpace);
  EXPECT_EQ(p.token_pointer, "");
  EXPECT_FALSE(p.allow_link_local);
}

TEST_F(ProviderRulesTest, TakesEveryKey) {
  files_["/ca.pem"] = "pem";
  const ProviderConfig p = Provider(WithProvider({
      {"client_authentication", "client_secret_post"},
      {"authorization_endpoint", "https://id.example/a"},
      {"token_endpoint", "https://id.example/t"},
      {"revocation_endpoint", "https://id.example/r"},
      {"scopes", "[ a, b ]"},
      {"authorization_params", "{ prompt: consent }"},
      {"allowed_authorization_params", "[ login_hint ]"},
      {"pkce", "disabled"},
      {"token_type", "optional"},
      {"scope_separator", "comma"},
      {"token_pointer", "/authed_user"},
      {"default_token_lifetime", "1h"},
      {"account", "{ userinfo_endpoint: \"https://id.example/me\", id_pointer: /user/id }"},
      {"attributes", "[ instance_url ]"},
      {"request_timeout", "4s"},
      {"connect_timeout", "2s"},
      {"ca_file", "/ca.pem"},
      {"allow_link_local", "true"},
      {"limits", "{ max_in_flight: 3, requests_per_second: 2.5 }"},
  }));
  EXPECT_EQ(p.client_authentication, ClientAuthentication::kPost);
  EXPECT_EQ(p.issuer, "https://id.example");
  EXPECT_EQ(p.authorization_endpoint, "https://id.example/a");
  EXPECT_EQ(p.token_endpoint, "https://id.example/t");
  EXPECT_EQ(p.revocation_endpoint, "https://id.example/r");
  EXPECT_THAT(p.redirect_uris, ElementsAre("https://app.example/cb"));
  EXPECT_THAT(p.scopes, ElementsAre("a", "b"));
  EXPECT_THAT(p.authorization_params, ElementsAre(Pair("prompt", "consent")));
  EXPECT_THAT(p.allowed_authorization_params, ElementsAre("login_hint"));
  EXPECT_EQ(p.pkce, Pkce::kDisabled);
  EXPECT_EQ(p.token_type, TokenTypeRule::kOptional);
  EXPECT_EQ(p.scope_separator, ScopeSeparator::kComma);
  EXPECT_EQ(p.token_pointer, "/authed_user");
  EXPECT_EQ(p.default_token_lifetime, absl::Hours(1));
  EXPECT_EQ(p.userinfo_endpoint, "https://id.example/me");
  EXPECT_EQ(p.account_id_pointer, "/user/id");
  EXPECT_THAT(p.attributes, ElementsAre("instance_url"));
  EXPECT_EQ(p.request_timeout, absl::Seconds(4));
  EXPECT_EQ(p.connect_timeout, absl::Seconds(2));
  EXPECT_EQ(p.ca_file, "/ca.pem");
  EXPECT_TRUE(p.allow_link_local);
  EXPECT_EQ(p.max_in_flight, 3);
  EXPECT_EQ(p.requests_per_second, 2.5);
  EXPECT_EQ(Provider(WithProvider({{"token_type", "any"}})).token_type, TokenTypeRule::kAny);
}

TEST_F(ProviderRulesTest, RefusesAnUnknownPresetByNamingTheKnown) {
  EXPECT_EQ(
      ErrorsWith({{"preset", "spotfy"}, {"client_id", ""}}),
      "/etc/broker/config.yaml:6:5: providers.p.preset: is not a preset of this build; known: "
      "spotify");
}

TEST_F(ProviderRulesTest, WantsAnIssuerOrBothEndpoints) {
  EXPECT_THAT(ErrorsWith({{"issuer", ""}}), HasSubstr("providers.p.issuer: is missing"));
  EXPECT_THAT(ErrorsWith({{"issuer", ""}, {"token_endpoint", "https://id.example/t"}}),
              HasSubstr("providers.p.authorization_endpoint: is missing"));
  EXPECT_THAT(ErrorsWith({{"issuer", ""}, {"authorization_endpoint", "https://id.example/a"}}),
              HasSubstr("providers.p.token_endpoint: is missing"));
  EXPECT_EQ(ErrorsWith({{"issuer", ""},
                        {"authorization_endpoint", "https://id.example/a"},
                        {"token_endpoint", "https://id.example/t"}}),
            "");
  EXPECT_EQ(ErrorsWith({{"token_endpoint", "https://id.example/t"}}), "");
}

TEST_F(ProviderRulesTest, RefusesEndpointsThatAreNotHttps) {
  for (const char* key :
       {"issuer", "authorization_endpoint", "token_endpoint", "revocation_endpoint"}) {
    EXPECT_THAT(ErrorsWith({{key, "http://id.example"}}),
                HasSubstr(std::string("providers.p.") + key + ": is plain http"));
  }
  EXPECT_THAT(ErrorsWith({{"account", "{ userinfo_endpoint: \"http://id.example\" }"}}),
              HasSubstr("account.userinfo_endpoint: is plain http"));
  EXPECT_THAT(ErrorsWith({{"issuer", "\"https://id.example?x\""}}), HasSubstr("has a query"));
}

TEST_F(ProviderRulesTest, RefusesEndpointsAtAddressesWhereNoProviderIs) {
  const std::string refusal =
      ": is at a link-local, metadata or otherwise special address, where no provider is; write "
      "its public name, or allow_link_local: true";
  for (const char* key : {"issuer", "token_endpoint", "revocation_endpoint"}) {
    for (const char* url : {"\"https://169.254.169.254/t\"", "\"https://[fe80::1]/t\"",
                            "\"https://2852039166/t\"", "\"https://[::ffff:a9fe:a9fe]:1/t\""}) {
      EXPECT_THAT(ErrorsWith({{key, url}}), HasSubstr(std::string("providers.p.") + key + refusal))
          << url;
      EXPECT_EQ(ErrorsWith({{key, url}, {"allow_link_local", "true"}}), "");
    }
  }
  EXPECT_THAT(ErrorsWith({{"account", "{ userinfo_endpoint: \"https://169.254.169.254/\" }"}}),
              HasSubstr("account.userinfo_endpoint" + refusal));
  EXPECT_EQ(ErrorsWith({{"authorization_endpoint", "\"https://169.254.169.254/a\""}}), "")
      << "the browser's, not ours to reach";
  EXPECT_EQ(ErrorsWith({{"token_endpoint", "\"https://10.0.0.1/t\""}}), "");
}

TEST_F(ProviderRulesTest, TakesAProviderThatNobodyLogsInTo) {
  EXPECT_EQ(ErrorsWith({{"redirect_uris", ""}}), "");
  EXPECT_EQ(ErrorsWith({{"redirect_uris", "[]"}}), "");
}

TEST_F(ProviderRulesTest, RefusesBadRedirectUris) {
  EXPECT_THAT(ErrorsWith({{"redirect_uris", "[ \"https://a/cb\", \"https://a/cb#x\" ]"}}),
              HasSubstr("redirect_uris[1]: has a fragment"));
  EXPECT_THAT(ErrorsWith({{"redirect_uris", "[ /cb ]"}}),
              HasSubstr("redirect_uris[0]: is not an absolute URI"));
}

TEST_F(ProviderRulesTest, RefusesReservedParameters) {
  EXPECT_THAT(ErrorsWith({{"authorization_params", "{ state: x }"}}),
              HasSubstr("authorization_params.state: is a parameter that the broker sets itself"));
  EXPECT_THAT(ErrorsWith({{"allowed_authorization_params", "[ a, code_challenge_method ]"}}),
              HasSubstr("allowed_authorization_params[1]: is a parameter that the broker sets"));
  EXPECT_THAT(ErrorsWith({{"allowed_authorization_params", "[ \"\" ]"}}),
              HasSubstr("allowed_authorization_params[0]: is empty"));
}

TEST_F(ProviderRulesTest, RefusesBadScopesAndAttributes) {
  EXPECT_THAT(ErrorsWith({{"scopes", "[ \"a b\" ]"}}), HasSubstr("scopes[0]: is not one scope"));
  EXPECT_EQ(ErrorsWith({{"scopes", "[ \"a,b\" ]"}}), "");
  EXPECT_THAT(ErrorsWith({{"scopes", "[ \"a,b\" ]"}, {"scope_separator", "comma"}}),
              HasSubstr("scopes[0]: holds the scope_separator"));
  EXPECT_THAT(ErrorsWith({{"token_pointer", "authed_user"}}),
              HasSubstr("token_pointer: is not a JSON pointer"));
  EXPECT_THAT(ErrorsWith({{"attributes", "[ a, refresh_token ]"}}),
              HasSubstr("attributes[1]: is a secret"));
  EXPECT_THAT(ErrorsWith({{"attributes", "[ \"\" ]"}}), HasSubstr("attributes[0]: is empty"));
}

TEST_F(ProviderRulesTest, RefusesAnAccountThatCannotBeRead) {
  EXPECT_THAT(ErrorsWith({{"account", "{ id_pointer: /id }"}}),
              HasSubstr("account.userinfo_endpoint: is missing"));
  EXPECT_THAT(ErrorsWith({{"account", "{ userinfo_endpoint: \"https://a\", id_pointer: id }"}}),
              HasSubstr("account.id_pointer: is not a JSON pointer"));
}

TEST_F(ProviderRulesTest, RefusesTimeOutsAndLimitsThatCannotWork) {
  EXPECT_THAT(ErrorsWith({{"request_timeout", "0s"}}), HasSubstr("request_timeout: is zero"));
  EXPECT_THAT(ErrorsWith({{"connect_timeout", "0s"}}), HasSubstr("connect_timeout: is zero"));
  EXPECT_THAT(ErrorsWith({{"default_token_lifetime", "0s"}}),
              HasSubstr("default_token_lifetime: is zero"));
  EXPECT_THAT(ErrorsWith({{"connect_timeout", "11s"}}),
              HasSubstr("connect_timeout: is longer than request_timeout"));
  EXPECT_THAT(ErrorsWith({{"limits", "{ max_in_flight: 0 }"}}),
              HasSubstr("limits.max_in_flight: is below 1"));
  EXPECT_THAT(ErrorsWith({{"limits", "{ requests_per_second: -1 }"}}),
              HasSubstr("limits.requests_per_second: is negative"));
}

TEST_F(ProviderRulesTest, ShortensTheDefaultConnectTimeOutWithTheRequests) {
  EXPECT_EQ(Provider(WithProvider({{"request_timeout", "2s"}})).connect_timeout, absl::Seconds(2));
}

TEST_F(ProviderRulesTest, RefusesAMissingOrEmptyCaFile) {
  files_["/ca.pem"] = "";
  EXPECT_THAT(ErrorsWith({{"ca_file", "/none.pem"}}),
              HasSubstr("ca_file: the file '/none.pem' does not exist"));
  EXPECT_THAT(ErrorsWith({{"ca_file", "/ca.pem"}}),
              HasSubstr("ca_file: the file '/ca.pem' is empty"));
  EXPECT_THAT(ErrorsWith({{"ca_file", "\"\""}}), HasSubstr("ca_file: is empty"));
}

TEST_F(ProviderRulesTest, RefusesABadName) {
  EXPECT_THAT(Errors("store: { memory: {} }\nproviders: { \"A b\": {} }\n"),
              HasSubstr("providers.A b: is not a provider's name"));
}

TEST_F(ProviderRulesTest, LaysThePresetUnderTheKeys) {
  const ProviderConfig p = Provider(WithPreset({{"authorization_params", "{ mine: 2 }"}}));
  EXPECT_EQ(p.token_endpoint, "https://accounts.example/token");
  EXPECT_EQ(p.refresh.rotation, Rotation::kNone);
  EXPECT_THAT(p.scopes, ElementsAre("preset-scope"));
  EXPECT_THAT(p.authorization_params, ElementsAre(Pair("from_preset", "1"), Pair("mine", "2")));
  const ProviderConfig own =
      Provider(WithPreset({{"scopes", "[]"}, {"token_endpoint", "https://own.example/t"}}));
  EXPECT_TRUE(own.scopes.empty());
  EXPECT_EQ(own.token_endpoint, "https://own.example/t");
}

TEST_F(ProviderRulesTest, RefusesLocalhostForThePresetWithItsExplanation) {
  EXPECT_THAT(
      Errors(WithPreset({{"redirect_uris", "[ \"http://localhost:3000/cb\" ]"}})),
      HasSubstr("redirect_uris[0]: has the host localhost; write http://127.0.0.1 instead"));
  EXPECT_EQ(Errors(WithPreset({{"redirect_uris", "[ \"http://127.0.0.1/cb\" ]"}})), "");
}

TEST_F(ProviderRulesTest, FindsThePresetByAVariable) {
  environment_["PRESET"] = "spotify";
  EXPECT_EQ(Provider(WithPreset({{"preset", "${PRESET}"}})).token_endpoint,
            "https://accounts.example/token");
}

}  // namespace
}  // namespace tokenbroker

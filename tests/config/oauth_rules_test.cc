#include "config/oauth_rules.h"

#include <gtest/gtest.h>

#include <string>

namespace tokenbroker {
namespace {

TEST(OauthRulesTest, KnowsProviderNames) {
  EXPECT_TRUE(IsProviderName("spotify"));
  EXPECT_TRUE(IsProviderName("0-a_b"));
  EXPECT_TRUE(IsProviderName(std::string(63, 'a')));
  for (const std::string& name :
       {std::string(), std::string("-a"), std::string("_a"), std::string("Spotify"),
        std::string("a.b"), std::string("a b"), std::string(64, 'a'), std::string("\xC3\xA9")}) {
    EXPECT_FALSE(IsProviderName(name)) << name;
  }
}

TEST(OauthRulesTest, KnowsScopes) {
  EXPECT_TRUE(IsScope("playlist-read-private"));
  EXPECT_TRUE(IsScope("https://id.example/auth/a.b!"));
  for (const char* scope : {"", "a b", "a\"", "a\\b", "a\tb", "\x7f", "\xC3\xA9"}) {
    EXPECT_FALSE(IsScope(scope)) << scope;
  }
}

TEST(OauthRulesTest, ReservesWhatTheBrokerSets) {
  for (const char* name :
       {"client_id", "redirect_uri", "response_type", "response_mode", "state", "scope", "nonce",
        "code_challenge", "code_challenge_method", "request", "request_uri"}) {
    EXPECT_TRUE(IsReservedAuthorizationParam(name)) << name;
  }
  EXPECT_FALSE(IsReservedAuthorizationParam("show_dialog"));
  EXPECT_FALSE(IsReservedAuthorizationParam("prompt"));
}

TEST(OauthRulesTest, KnowsJsonPointers) {
  for (const char* text : {"/id", "/", "/a/0", "/a~0b~1c", "//"}) {
    EXPECT_TRUE(IsJsonPointer(text)) << text;
  }
  for (const char* text : {"", "id", "/a~", "/a~2", "#/id"}) {
    EXPECT_FALSE(IsJsonPointer(text)) << text;
  }
}

TEST(OauthRulesTest, KeepsSecretsOutOfAttributes) {
  EXPECT_TRUE(IsSecretAttribute("refresh_token"));
  EXPECT_TRUE(IsSecretAttribute("code"));
  EXPECT_FALSE(IsSecretAttribute("instance_url"));
}

}  // namespace
}  // namespace tokenbroker

#include "oauth/redirect_uri.h"

#include "tests/oauth/refusal_matchers.h"

namespace tokenbroker {
namespace {

ProviderConfig With(std::vector<std::string> redirect_uris) {
  ProviderConfig config;
  config.name = "acme";
  config.authorization_endpoint = "https://acme.example/authorize";
  config.redirect_uris = std::move(redirect_uris);
  return config;
}

TEST(RedirectUriTest, TakesExactlyWhatIsConfigured) {
  const ProviderConfig config = With({"https://app.example/callback", "https://app.example/b"});
  EXPECT_EQ(*ChooseRedirectUri(config, "https://app.example/b"), "https://app.example/b");
  for (const char* other :
       {"https://app.example/callback/", "https://app.example/Callback",
        "https://app.example:443/callback", "https://app.example/callback?x=1",
        "https://evil.example/callback", "https://app.example/callback#f", "nonsense"}) {
    EXPECT_THAT(ChooseRedirectUri(config, other).status(), Refuses(Reason::kRedirectUriNotAllowed))
        << other;
  }
}

TEST(RedirectUriTest, ALoopbackLiteralWithoutAPortAllowsAnyPort) {
  const ProviderConfig config = With({"http://127.0.0.1/callback", "http://[::1]/callback"});
  for (const char* uri : {"http://127.0.0.1:1/callback", "http://127.0.0.1:65535/callback",
                          "http://[::1]:8080/callback", "http://127.0.0.1/callback"}) {
    EXPECT_EQ(*ChooseRedirectUri(config, uri), uri);
  }
  for (const char* uri :
       {"http://127.0.0.1:0/callback", "http://127.0.0.1:65536/callback",
        "http://127.0.0.1:/callback", "http://127.0.0.1:8080/other",
        "http://127.0.0.1:80x/callback", "http://127.0.0.1.evil.example/callback",
        "http://127.0.0.1:80@evil.example/callback", "http://127.0.0.2:80/callback",
        "https://127.0.0.1:8080/callback", "http://localhost:8080/callback",
        "http://127.0.0.1:+80/callback", "http://127.0.0.1:8080/callback?x"}) {
    EXPECT_THAT(ChooseRedirectUri(config, uri).status(), Refuses(Reason::kRedirectUriNotAllowed))
        << uri;
  }
}

TEST(RedirectUriTest, ALoopbackLiteralWithAPortAllowsThatPortAlone) {
  const ProviderConfig config = With({"http://127.0.0.1:8080/callback"});
  EXPECT_TRUE(ChooseRedirectUri(config, "http://127.0.0.1:8080/callback").ok());
  EXPECT_FALSE(ChooseRedirectUri(config, "http://127.0.0.1:8081/callback").ok());
  EXPECT_FALSE(ChooseRedirectUri(config, "http://127.0.0.1/callback").ok());
}

TEST(RedirectUriTest, OnlyALoneOneMayBeLeftOut) {
  EXPECT_EQ(*ChooseRedirectUri(With({"https://app.example/callback"}), ""),
            "https://app.example/callback");
  EXPECT_EQ(*ChooseRedirectUri(With({"http://127.0.0.1/callback"}), ""),
            "http://127.0.0.1/callback");
  EXPECT_THAT(ChooseRedirectUri(With({"https://a.example/", "https://b.example/"}), "").status(),
              testing::AllOf(Refuses(Reason::kRedirectUriNotAllowed), Says("name the one to use")));
}

TEST(RedirectUriTest, WithoutAnyConfiguredNobodyCanLogIn) {
  for (const char* uri : {"", "https://app.example/callback"}) {
    EXPECT_THAT(ChooseRedirectUri(With({}), uri).status(),
                testing::AllOf(Refuses(Reason::kRedirectUriNotAllowed),
                               Says("has no redirect_uris in the configuration")));
  }
}

TEST(RedirectUriTest, TheRefusalNamesTheFixAndNotTheUri) {
  const absl::Status status =
      ChooseRedirectUri(With({"https://app.example/"}), "https://evil.example/").status();
  EXPECT_THAT(status, Says("redirect_uris of provider acme"));
  EXPECT_THAT(status, testing::Not(Says("evil")));
}

TEST(RedirectUriTest, LocalhostIsRefusedForSpotifyWithTheReason) {
  ProviderConfig spotify = With({"http://localhost:8080/callback", "http://127.0.0.1/callback"});
  EXPECT_TRUE(ChooseRedirectUri(spotify, "http://localhost:8080/callback").ok());
  spotify.authorization_endpoint = "https://accounts.spotify.com/authorize";
  for (const char* uri : {"http://localhost:8080/callback", "http://LOCALHOST/callback"}) {
    EXPECT_THAT(ChooseRedirectUri(spotify, uri).status(),
                testing::AllOf(Refuses(Reason::kRedirectUriNotAllowed), Says("http://127.0.0.1")));
  }
}

TEST(RedirectUriTest, KnowsPortlessLoopbackLiterals) {
  for (const char* uri : {"http://127.0.0.1/cb", "http://[::1]/cb", "http://127.0.0.1"}) {
    EXPECT_TRUE(IsPortlessLoopback(uri)) << uri;
  }
  for (const char* uri : {"http://127.0.0.1:80/cb", "https://127.0.0.1/cb", "http://localhost/cb",
                          "http://127.0.0.10/cb", ""}) {
    EXPECT_FALSE(IsPortlessLoopback(uri)) << uri;
  }
}

}  // namespace
}  // namespace tokenbroker

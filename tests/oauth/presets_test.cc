#include "oauth/presets.h"

#include "config/network_rules.h"

namespace tokenbroker {
namespace {

namespace pb = config::v1;

TEST(PresetsTest, SpotifyNeedsOnlyAClientAndARedirectUri) {
  const Preset spotify = BuiltInPresets().at("spotify");
  const pb::Provider& provider = spotify.provider;
  EXPECT_EQ(provider.authorization_endpoint(), "https://accounts.spotify.com/authorize");
  EXPECT_EQ(provider.token_endpoint(), "https://accounts.spotify.com/api/token");
  EXPECT_EQ(provider.account().userinfo_endpoint(), "https://api.spotify.com/v1/me");
  EXPECT_EQ(provider.account().id_pointer(), "/id");
  EXPECT_THAT(provider.allowed_authorization_params(), testing::ElementsAre("show_dialog"));
  EXPECT_EQ(provider.refresh().rotation(), pb::ROTATION_NONE);
}

TEST(PresetsTest, SpotifysRefreshTokensAreExpectedToDieBeforeSixMonths) {
  const int64_t seconds =
      BuiltInPresets().at("spotify").provider.refresh().refresh_token_lifetime().seconds();
  EXPECT_EQ(seconds, 180 * 24 * 3600);
}

TEST(PresetsTest, SpotifyRefusesLocalhostInTheConfigurationAndInRequestsAlike) {
  const Preset spotify = BuiltInPresets().at("spotify");
  EXPECT_FALSE(CheckRedirectUri("http://localhost/callback", spotify.redirect_refusal).ok());
  EXPECT_TRUE(CheckRedirectUri("http://127.0.0.1/callback", spotify.redirect_refusal).ok());
  ProviderConfig config;
  EXPECT_EQ(LocalhostRefusal(config), "");
  config.authorization_endpoint = spotify.provider.authorization_endpoint();
  EXPECT_EQ(std::string(LocalhostRefusal(config)), spotify.redirect_refusal);
}

}  // namespace
}  // namespace tokenbroker

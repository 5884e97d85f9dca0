#include "oauth/presets.h"

namespace tokenbroker {
namespace {

namespace pb = config::v1;

constexpr char kSpotifyAuthorizationEndpoint[] = "https://accounts.spotify.com/authorize";
// https://developer.spotify.com/documentation/web-api/concepts/redirect_uri
constexpr char kSpotifyLocalhostRefusal[] =
    "Spotify refuses localhost in redirect URIs: register and use the loopback literal "
    "http://127.0.0.1 or http://[::1] (any port) in its place";

// Since 2026-07-20 a refresh token dies six months after the authorization, refreshed or not. Six
// months are 181 to 184 days; 180 warns a little early rather than a little late.
constexpr int64_t kSpotifyRefreshTokenDays = 180;

Preset Spotify() {
  Preset preset;
  pb::Provider& provider = preset.provider;
  provider.set_authorization_endpoint(kSpotifyAuthorizationEndpoint);
  provider.set_token_endpoint("https://accounts.spotify.com/api/token");
  provider.set_client_authentication(pb::CLIENT_AUTHENTICATION_CLIENT_SECRET_BASIC);
  provider.add_allowed_authorization_params("show_dialog");
  provider.mutable_account()->set_userinfo_endpoint("https://api.spotify.com/v1/me");
  provider.mutable_account()->set_id_pointer("/id");
  // A confidential client's refresh answer brings no new refresh token: the old one goes on.
  provider.mutable_refresh()->set_rotation(pb::ROTATION_NONE);
  provider.mutable_refresh()->mutable_refresh_token_lifetime()->set_seconds(
      kSpotifyRefreshTokenDays * 24 * 3600);
  preset.redirect_refusal = kSpotifyLocalhostRefusal;
  return preset;
}

}  // namespace

Presets BuiltInPresets() { return {{"spotify", Spotify()}}; }

absl::string_view LocalhostRefusal(const ProviderConfig& config) {
  return config.authorization_endpoint == kSpotifyAuthorizationEndpoint ? kSpotifyLocalhostRefusal
                                                                        : "";
}

}  // namespace tokenbroker

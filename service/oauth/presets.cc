#include "oauth/presets.h"

namespace tokenbroker {
namespace {

// https://developer.spotify.com/documentation/web-api/concepts/redirect_uri
constexpr absl::string_view kSpotifyAuthorizationEndpoint =
    "https://accounts.spotify.com/authorize";
constexpr absl::string_view kSpotifyLocalhostRefusal =
    "Spotify refuses localhost in redirect URIs: register and use the loopback literal "
    "http://127.0.0.1 or http://[::1] (any port) in its place";

}  // namespace

absl::string_view LocalhostRefusal(const ProviderConfig& config) {
  return config.authorization_endpoint == kSpotifyAuthorizationEndpoint ? kSpotifyLocalhostRefusal
                                                                        : "";
}

}  // namespace tokenbroker

// An example: a web service that shows its users what Spotify knows of them. It never sees a
// refresh token or a client secret; those are the broker's.
//
//   playlist-proxy 127.0.0.1:8443 spotify https://api.spotify.com
//   playlist-proxy dns:///token-broker.auth.svc:8443 spotify https://api.spotify.com CA CERT KEY
//   curl http://127.0.0.1:PORT/users/user-42/v1/me/playlists
#include <curl/curl.h>
#include <tokenbroker/client/channel.h>
#include <tokenbroker/client/token_sources.h>

#include <iostream>

#include "http_front.h"
#include "playlists.h"

int main(int argc, char** argv) {
  if (argc != 4 && argc != 7) {
    std::cerr << "usage: playlist-proxy BROKER PROVIDER API [CA_FILE CERTIFICATE_FILE KEY_FILE]\n";
    return 2;
  }
  curl_global_init(CURL_GLOBAL_DEFAULT);
  tokenbroker::client::ChannelOptions options;
  options.target = argv[1];
  if (argc == 7) {
    options.ca_file = argv[4];
    options.certificate_file = argv[5];
    options.key_file = argv[6];
  }
  const auto channel = tokenbroker::client::CreateChannel(options);
  if (!channel.ok()) {
    std::cerr << "playlist-proxy: " << channel.status().message() << "\n";
    return 1;
  }
  tokenbroker::client::TokenSources sources(*channel, {});
  const Playlists playlists(sources, argv[2], argv[3]);
  ServeHttp(playlists);
}

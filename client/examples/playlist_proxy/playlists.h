// Asks a Spotify-like API on a user's behalf. The ten lines of token code are in playlists.cc.
#pragma once

#include <tokenbroker/client/token_sources.h>

#include <string>

struct Reply {
  unsigned int status = 0;
  std::string body;
};

// Any thread; each call waits for the API.
class Playlists {
 public:
  // `api`: where it is, such as "https://api.spotify.com". `sources` outlives this.
  Playlists(tokenbroker::client::TokenSources& sources, std::string provider, std::string api);

  // What the API answers at `path` for this user; 403 when the user must log in (again), 503 when
  // there is no token for another reason.
  Reply Get(const std::string& user, const std::string& path) const;

 private:
  Reply Fetch(const tokenbroker::client::AccessToken& token, const std::string& path) const;

  tokenbroker::client::TokenSources& sources_;
  const std::string provider_;
  const std::string api_;
};

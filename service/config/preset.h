// What the broker knows about a provider before anybody configures it. The composition root hands
// presets to the loader: they are made above this layer, beside the code that speaks OAuth.
#pragma once

#include <tokenbroker/config/v1/config.pb.h>

#include <map>
#include <string>

namespace tokenbroker {

struct Preset {
  // Lies under the keys that the user gives: a list of the user's replaces the preset's, a map is
  // merged with it.
  config::v1::Provider provider;
  // Not empty: `localhost` is refused in redirect URIs, and plain http but for the loopback
  // literals 127.0.0.1 and [::1]. The text ends the error: why, and what to write.
  std::string redirect_refusal;
};

// By the name that `preset:` gives.
using Presets = std::map<std::string, Preset>;

}  // namespace tokenbroker

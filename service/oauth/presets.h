// What is known about providers before anybody configures them. Pure; any thread.
#pragma once

#include <absl/strings/string_view.h>

#include "config/preset.h"
#include "config/provider_config.h"

namespace tokenbroker {

// `spotify`. For the configuration's loader.
Presets BuiltInPresets();

// Why `localhost` may not stand in this provider's redirect URIs, and what to write instead; empty
// when it may.
absl::string_view LocalhostRefusal(const ProviderConfig& config);

}  // namespace tokenbroker

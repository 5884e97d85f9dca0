// From a provider's `refresh` section to its RefreshConfig. Any thread.
#pragma once

#include <absl/time/time.h>
#include <tokenbroker/config/v1/config.pb.h>

#include <string>

#include "config/config_errors.h"
#include "config/provider_config.h"

namespace tokenbroker {

// Adds to `errors` whatever is wrong or contradictory; `path` is the section's. A grace period must
// outlast one lease and one request, else a lost answer could not be asked for again within it.
RefreshConfig BuildRefresh(const config::v1::Refresh& refresh, absl::Duration request_timeout,
                           const std::string& path, ConfigErrors& errors);

}  // namespace tokenbroker

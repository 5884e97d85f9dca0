// What all requests to a provider have in common. Pure; any thread.
#pragma once

#include <string>

#include "config/provider_config.h"
#include "http/http_client.h"

namespace tokenbroker {

// For JSON, within the provider's time-outs, to its authorities and where it may be.
HttpRequest NewProviderRequest(const ProviderConfig& config, HttpMethod method, std::string url);

}  // namespace tokenbroker

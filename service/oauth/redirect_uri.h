// Which redirect URI a login uses: exactly one of the configured ones (RFC 9700 2.1), except that a
// loopback literal configured without a port stands for every port (RFC 8252 7.3). Pure functions;
// any thread.
#pragma once

#include <absl/status/statusor.h>
#include <absl/strings/string_view.h>

#include <string>
#include <vector>

#include "config/provider_config.h"

namespace tokenbroker {

// `requested`, or the only configured one when it is empty. INVALID_ARGUMENT
// REDIRECT_URI_NOT_ALLOWED, with a message that names the fix, otherwise.
absl::StatusOr<std::string> ChooseRedirectUri(const ProviderConfig& config,
                                              absl::string_view requested);

// Whether `uri` is one of `allowed`, which may be loopback literals without a port.
bool IsAllowedRedirectUri(const std::vector<std::string>& allowed, absl::string_view uri);

// http, 127.0.0.1 or [::1], and no port: what allows any port.
bool IsPortlessLoopback(absl::string_view uri);

}  // namespace tokenbroker

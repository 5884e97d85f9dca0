// What BuildLoginUri may be asked, and the scopes that follow from it. Pure functions; any thread.
#pragma once

#include <absl/status/status.h>

#include <string>
#include <vector>

#include "base/boxed.h"
#include "broker/login_service.h"
#include "config/provider_config.h"
#include "token/grant.h"

namespace tokenbroker {

inline constexpr size_t kMaxCallerContextBytes = 2 * 1024;
inline constexpr size_t kMaxRequestScopes = 100;
inline constexpr size_t kMaxScopeBytes = 256;
inline constexpr size_t kMaxAuthorizationParams = 32;

// INVALID_ARGUMENT FIELD_INVALID, or SCOPE_INVALID, for a key that Validate refuses and for
// whatever is too much. What the parameters are named and hold is for BuildAuthorizationUri.
absl::Status CheckLoginRequest(const BuildLoginUriRequest& request);

// The provider's defaults, the request's and those of the `present` grant, each once: one service's
// login does not take another's scopes away. Only the request's with replace_scopes.
std::vector<std::string> ScopesToAsk(const ProviderConfig& config,
                                     const BuildLoginUriRequest& request,
                                     const Boxed<Grant>& present);

// CALLER_NOT_ALLOWED when the login asks for more than request.max_scopes, or comes back to a place
// that is none of request.redirect_uris.
absl::Status CheckLoginBounds(const ProviderConfig& config, const BuildLoginUriRequest& request,
                              const std::string& redirect_uri);

}  // namespace tokenbroker

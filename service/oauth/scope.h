// Scopes (RFC 6749 section 3.3). Pure functions; any thread.
#pragma once

#include <absl/status/status.h>
#include <absl/strings/string_view.h>

#include <string>
#include <vector>

#include "config/provider_config.h"

namespace tokenbroker {

// One or more of %x21, %x23-5B, %x5D-7E: no space, quote, backslash, control or non-ASCII byte.
bool IsScopeToken(absl::string_view text);

// INVALID_ARGUMENT SCOPE_INVALID with the place of the first that is none, or would be two among
// others; OK otherwise.
absl::Status ValidateScopes(const std::vector<std::string>& scopes, ScopeSeparator separator);

std::string JoinScopes(const std::vector<std::string>& scopes, ScopeSeparator separator);

// Those of a text that are scopes, each once.
std::vector<std::string> SplitScopes(absl::string_view text, ScopeSeparator separator);

// What is in any of the two, each once, in the order of first mention.
std::vector<std::string> UnionOfScopes(const std::vector<std::string>& a,
                                       const std::vector<std::string>& b);

// Whether `openid` is among them: then a nonce is sent and an ID token expected (OpenID Connect
// Core 3.1.2.1).
bool AsksForOpenId(const std::vector<std::string>& scopes);

}  // namespace tokenbroker

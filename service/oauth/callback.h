// What the browser brings back from the provider (RFC 6749 4.1.2, RFC 9207). Everything here is
// attacker-sized and attacker-made: nothing of it is ever quoted. Pure functions; any thread.
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>
#include <absl/strings/string_view.h>
#include <absl/types/optional.h>

#include <map>
#include <string>
#include <vector>

#include "base/secret.h"

namespace tokenbroker {

inline constexpr size_t kMaxCallbackBytes = 16 * 1024;
inline constexpr size_t kMaxStateBytes = 512;
inline constexpr size_t kMaxCodeBytes = 8 * 1024;
inline constexpr size_t kMaxIssuerBytes = 2 * 1024;

// What a caller hands over: the whole of it, or its parts; not both. Parts are not encoded.
struct CallbackInput {
  // An absolute URL, a path with a query, or a query with or without its '?'.
  absl::string_view callback_uri;
  absl::string_view state;
  absl::string_view code;
  absl::string_view error;
  absl::string_view issuer;
};

struct Callback {
  // Never empty.
  std::string state;
  // Exactly one of `code` and `error` is set.
  Secret code;
  // As the browser brought it: give it to RefusalOfCallbackError, print it nowhere.
  std::string error;
  // Unset when there is no `iss`.
  absl::optional<std::string> issuer;
  // The decoded path of an absolute URL; unset for a bare query and for parts.
  absl::optional<std::string> path;
  // Every other parameter (QuickBooks `realmId`).
  std::map<std::string, std::string> others;
};

// INVALID_ARGUMENT CALLBACK_MALFORMED, with the field and what is wrong with it, for: nothing at
// all, URL and parts together, no state, code and error or neither, a repeated parameter, a broken
// escape, control characters or ill-formed UTF-8, and whatever is beyond the limits above.
absl::StatusOr<Callback> ParseCallback(const CallbackInput& input);

// CALLBACK_MALFORMED when the callback's path is known and not the one of the login's redirect URI.
// Scheme, host and port may differ: proxies rewrite them.
absl::Status CheckRedirectPath(const Callback& callback, absl::string_view redirect_uri);

enum class IssuerRule { kOptional, kRequired };

// RFC 9207 2.4, by plain string comparison. FAILED_PRECONDITION ISSUER_MISMATCH when `iss` is there
// and not `expected`, or absent and required. Where `expected` is empty (no issuer is known) there
// is nothing to compare with, and an `iss` is ignored like every unknown parameter.
absl::Status CheckIssuer(const Callback& callback, absl::string_view expected, IssuerRule rule);

// Those of `others` whose names the provider's `attributes` list.
std::map<std::string, std::string> CallbackAttributes(const Callback& callback,
                                                      const std::vector<std::string>& names);

}  // namespace tokenbroker

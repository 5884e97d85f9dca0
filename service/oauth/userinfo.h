// Reads who an access token belongs to from a userinfo endpoint's answer. Pure; any thread.
#pragma once

#include <absl/status/statusor.h>
#include <absl/strings/string_view.h>

#include <string>

namespace tokenbroker {

inline constexpr size_t kMaxAccountIdBytes = 255;

// The string or whole number at `pointer` (RFC 6901) in the JSON object `body`. UNAVAILABLE, which
// quotes nothing, when there is none, or it is empty, too long or not printable.
absl::StatusOr<std::string> ParseAccountId(absl::string_view body, absl::string_view pointer);

}  // namespace tokenbroker

// Base64url without padding (RFC 4648 section 5), as in PKCE and JWTs. Any thread.
#pragma once

#include <absl/strings/string_view.h>
#include <absl/types/optional.h>

#include <string>

namespace tokenbroker {

std::string Base64UrlEncode(absl::string_view bytes);
// nullopt when `text` is not base64url. Padding is accepted and ignored.
absl::optional<std::string> Base64UrlDecode(absl::string_view text);

}  // namespace tokenbroker

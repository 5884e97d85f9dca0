#include "crypto/base64url.h"

#include <absl/strings/escaping.h>

namespace tokenbroker {

std::string Base64UrlEncode(absl::string_view bytes) { return absl::WebSafeBase64Escape(bytes); }

absl::optional<std::string> Base64UrlDecode(absl::string_view text) {
  std::string bytes;
  if (!absl::WebSafeBase64Unescape(text, &bytes)) return absl::nullopt;
  return bytes;
}

}  // namespace tokenbroker

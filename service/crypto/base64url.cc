#include "crypto/base64url.h"

#include <absl/strings/escaping.h>

namespace tokenbroker {
namespace {

constexpr absl::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

}  // namespace

std::string Base64UrlEncode(absl::string_view bytes) { return absl::WebSafeBase64Escape(bytes); }

absl::optional<std::string> Base64UrlDecode(absl::string_view text) {
  // Abseil's decoder also takes white space, and dots as padding.
  const size_t strange = text.find_first_not_of(kAlphabet);
  if (strange != absl::string_view::npos &&
      text.find_first_not_of('=', strange) != absl::string_view::npos) {
    return absl::nullopt;
  }
  std::string bytes;
  if (!absl::WebSafeBase64Unescape(text, &bytes)) return absl::nullopt;
  return bytes;
}

}  // namespace tokenbroker

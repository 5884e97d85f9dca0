#include "store/page_token.h"

#include <absl/strings/str_cat.h>
#include <absl/strings/str_split.h>

#include <vector>

#include "crypto/base64url.h"

namespace tokenbroker {
namespace {

// No part of a valid key holds a control character.
constexpr char kSeparator = '\n';

}  // namespace

std::string MakePageToken(const GrantKey& key) {
  const std::string separator(1, kSeparator);
  return Base64UrlEncode(absl::StrCat(key.tenant, separator, key.provider, separator, key.subject));
}

absl::optional<GrantKey> ParsePageToken(absl::string_view token) {
  const absl::optional<std::string> text = Base64UrlDecode(token);
  if (!text) return absl::nullopt;
  const std::vector<std::string> parts = absl::StrSplit(*text, kSeparator);
  if (parts.size() != 3) return absl::nullopt;
  return GrantKey{parts[0], parts[1], parts[2]};
}

}  // namespace tokenbroker

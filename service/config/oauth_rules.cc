#include "config/oauth_rules.h"

#include <absl/strings/ascii.h>
#include <absl/strings/match.h>

#include <algorithm>

namespace tokenbroker {
namespace {

template <size_t N>
bool IsOneOf(absl::string_view name, const absl::string_view (&names)[N]) {
  return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

bool IsNameCharacter(char c) {
  return absl::ascii_islower(static_cast<unsigned char>(c)) ||
         absl::ascii_isdigit(static_cast<unsigned char>(c)) || c == '_' || c == '-';
}

}  // namespace

bool IsProviderName(absl::string_view name) {
  return !name.empty() && name.size() <= 63 && name[0] != '_' && name[0] != '-' &&
         std::all_of(name.begin(), name.end(), IsNameCharacter);
}

bool IsScope(absl::string_view scope) {
  return !scope.empty() && std::all_of(scope.begin(), scope.end(), [](char c) {
    return c > ' ' && c < 0x7F && c != '"' && c != '\\';
  });
}

bool IsReservedAuthorizationParam(absl::string_view name) {
  static constexpr absl::string_view kReserved[] = {
      "client_id", "redirect_uri", "response_type", "response_mode", "state",
      "scope",     "nonce",        "request",       "request_uri"};
  return IsOneOf(name, kReserved) || absl::StartsWith(name, "code_challenge");
}

bool IsJsonPointer(absl::string_view text) {
  if (text.empty() || text[0] != '/') return false;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '~') continue;
    if (i + 1 == text.size() || (text[i + 1] != '0' && text[i + 1] != '1')) return false;
  }
  return true;
}

bool IsSecretAttribute(absl::string_view name) {
  static constexpr absl::string_view kSecret[] = {"access_token",  "refresh_token", "id_token",
                                                  "client_secret", "code",          "state"};
  return IsOneOf(name, kSecret);
}

}  // namespace tokenbroker

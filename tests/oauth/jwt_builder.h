// Unsigned JWTs for tests.
#pragma once

#include <absl/strings/str_cat.h>

#include <string>

#include "crypto/base64url.h"

namespace tokenbroker {

inline std::string Jwt(absl::string_view payload) {
  return absl::StrCat(Base64UrlEncode(R"({"alg":"RS256"})"), ".", Base64UrlEncode(payload), ".",
                      Base64UrlEncode("signature"));
}

}  // namespace tokenbroker

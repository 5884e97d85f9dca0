// Tokens as Kubernetes projects them, for tests; unsigned.
#pragma once

#include <absl/strings/str_cat.h>
#include <absl/time/time.h>

#include <string>

#include "crypto/base64url.h"

namespace tokenbroker {

// Another one for each `name`.
inline std::string ServiceAccountToken(const std::string& name, absl::Time expiry,
                                       const std::string& audience = "token-broker") {
  const std::string claims =
      absl::StrCat("{\"aud\":[\"", audience, "\"],\"exp\":", absl::ToUnixSeconds(expiry),
                   ",\"jti\":\"", name, "\"}");
  return absl::StrCat("eyJhbGciOiJSUzI1NiJ9.", Base64UrlEncode(claims), ".c2ln");
}

}  // namespace tokenbroker

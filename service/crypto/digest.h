// SHA-256 (FIPS 180-4), and keyed by HMAC (RFC 2104). Any thread.
#pragma once

#include <absl/strings/string_view.h>

#include <string>

namespace tokenbroker {

// The 32 bytes of the digest.
std::string Sha256(absl::string_view data);

// The 32 bytes that nobody makes without the key.
std::string HmacSha256(absl::string_view key, absl::string_view data);

}  // namespace tokenbroker

// Random tokens, SHA-256, HMAC and base64, straight from OpenSSL. Any thread.

#ifndef TESTS_PROVIDER_SIMULATOR_DIGEST_AND_BASE64_H_
#define TESTS_PROVIDER_SIMULATOR_DIGEST_AND_BASE64_H_

#include <string>

#include "absl/types/optional.h"

namespace provider_simulator {

std::string Sha256(const std::string& bytes);
std::string HmacSha256(const std::string& key, const std::string& bytes);
std::string Base64UrlEncode(const std::string& bytes);  // without padding (RFC 7636 appendix A)
absl::optional<std::string> Base64Decode(const std::string& text);  // with padding (RFC 4648 4)

// The prefix and 128 random bits in base64url.
std::string RandomToken(const std::string& prefix);

}  // namespace provider_simulator

#endif  // TESTS_PROVIDER_SIMULATOR_DIGEST_AND_BASE64_H_

// Signatures of JSON Web Tokens (RFC 7515) by a private key in PEM, by OpenSSL EVP: a library for
// them (libcjose) would bring its own form of keys and another JSON library. Any thread. Signing
// takes half a millisecond with ES256, most of it for reading the key, and one with an RSA key of
// 2048 bits.
#pragma once

#include <absl/status/statusor.h>
#include <absl/strings/string_view.h>
#include <absl/types/optional.h>

#include <string>

#include "base/secret.h"

namespace tokenbroker {

// RFC 7518 section 3.
enum class JwsAlgorithm { kRs256, kPs256, kEs256 };

// As a header's `alg` says it: "RS256".
absl::string_view JwsName(JwsAlgorithm algorithm);

// What the private key in `pem` signs with: `wanted`, or when that is not set RS256 for an RSA key
// and ES256 for one on P-256. INVALID_ARGUMENT when there is no key, it is encrypted, of another
// kind, an RSA key below 2048 bits (RFC 7518 3.3), or not fit for `wanted`; the message continues
// "the file ..." and says the fix, never the key.
absl::StatusOr<JwsAlgorithm> JwsAlgorithmFor(const Secret& pem,
                                             absl::optional<JwsAlgorithm> wanted);

// The bytes of `signing_input`'s signature, with ES256 r and s side by side (RFC 7518 3.4). The
// errors of JwsAlgorithmFor; INTERNAL when OpenSSL fails.
absl::StatusOr<std::string> SignJws(JwsAlgorithm algorithm, const Secret& pem,
                                    absl::string_view signing_input);

}  // namespace tokenbroker

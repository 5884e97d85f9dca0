// AES-256-GCM (NIST SP 800-38D) by OpenSSL EVP. Any thread.
//
// A nonce is used once with a key. Random ones keep the chance of a repetition below 2^-32 for 2^32
// records under one key (SP 800-38D section 8.3): add a key to the keyring long before that.
#pragma once

#include <absl/status/statusor.h>
#include <absl/strings/string_view.h>

#include <string>

#include "base/secret.h"

namespace tokenbroker {

inline constexpr size_t kAesKeyBytes = 32;
inline constexpr size_t kGcmNonceBytes = 12;
inline constexpr size_t kGcmTagBytes = 16;
// What one call takes; far above any record.
inline constexpr size_t kMaxGcmBytes = 4 * 1024 * 1024;

// The ciphertext and, behind it, the tag. INVALID_ARGUMENT when key or nonce have the wrong size or
// a text is longer than kMaxGcmBytes; INTERNAL when OpenSSL fails.
absl::StatusOr<std::string> AesGcmEncrypt(const Secret& key, absl::string_view nonce,
                                          absl::string_view associated_data,
                                          absl::string_view plaintext);

// The plaintext. DATA_LOSS when the tag is not that of these bytes, this associated data and this
// key; else the errors of AesGcmEncrypt.
absl::StatusOr<Secret> AesGcmDecrypt(const Secret& key, absl::string_view nonce,
                                     absl::string_view associated_data,
                                     absl::string_view ciphertext_and_tag);

}  // namespace tokenbroker

// The layout of a sealed record, as it lies in Redis and in the spill. Any thread.
//
//   version (1 byte: 1) | length of the key id (1 byte) | key id | nonce (12) | ciphertext | tag
//   (16)
#pragma once

#include <absl/status/statusor.h>
#include <absl/strings/string_view.h>

#include <string>

namespace tokenbroker {

// A record taken apart; the views point into its bytes.
struct SealedParts {
  absl::string_view key_id;
  absl::string_view nonce;
  absl::string_view ciphertext_and_tag;
};

// DATA_LOSS when the bytes are no sealed record, UNIMPLEMENTED when a newer version made them. The
// message quotes nothing of them but the version.
absl::StatusOr<SealedParts> ParseSealed(absl::string_view bytes);

// REQUIRES: key id, nonce and tag have their sizes.
std::string FormatSealed(const SealedParts& parts);

}  // namespace tokenbroker

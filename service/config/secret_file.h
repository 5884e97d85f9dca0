// Client secrets and private keys, by file. Any thread; blocks.
#pragma once

#include <absl/status/statusor.h>
#include <absl/strings/string_view.h>
#include <absl/types/optional.h>

#include <string>

#include "config/file_reader.h"
#include "config/provider_config.h"
#include "crypto/json_web_signature.h"

namespace tokenbroker {

constexpr size_t kMaxSecretBytes = 64 * 1024;

// The file's content without one trailing newline (\n or \r\n). INVALID_ARGUMENT when it is
// missing, unreadable, not a regular file, empty, too large or has control characters; the message
// names the path and the fix, never the content.
absl::StatusOr<ClientSecret> ReadSecretFile(const std::string& path, FileRecord& files);

// A PEM file of a private key, which signs with `wanted` or what fits it (JwsAlgorithmFor).
struct PrivateKey {
  // Another algorithm or key id makes another fingerprint: a freeze by a wrong one ends with it.
  ClientSecret secret;
  JwsAlgorithm algorithm = JwsAlgorithm::kRs256;
};

// INVALID_ARGUMENT as for ReadSecretFile, or when the file holds no key that fits.
absl::StatusOr<PrivateKey> ReadPrivateKeyFile(const std::string& path,
                                              absl::optional<JwsAlgorithm> wanted,
                                              absl::string_view key_id, FileRecord& files);

// 48 bits of a domain-separated SHA-256 in hexadecimal: enough to tell two secrets apart in a log,
// too few to prove a guess of a random one.
std::string SecretFingerprint(const Secret& secret);

}  // namespace tokenbroker

#include "config/secret_file.h"

#include <absl/strings/ascii.h>
#include <absl/strings/escaping.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/strip.h>

#include <algorithm>
#include <utility>

#include "crypto/digest.h"

namespace tokenbroker {
namespace {

absl::Status Refused(const std::string& path, absl::string_view what_and_fix) {
  return absl::InvalidArgumentError(
      absl::StrCat("the file '", absl::CEscape(path), "' ", what_and_fix));
}

absl::Status Refused(const std::string& path, absl::string_view what, absl::string_view fix) {
  return Refused(path, absl::StrCat(what, "; ", fix));
}

}  // namespace

absl::StatusOr<ClientSecret> ReadSecretFile(const std::string& path, FileRecord& files) {
  absl::StatusOr<Secret> content = files.Read(path, kMaxSecretBytes);
  if (!content.ok()) {
    return Refused(path, content.status().message(),
                   "name a readable file that holds the secret and nothing else");
  }
  absl::string_view text = content->Expose();
  if (absl::ConsumeSuffix(&text, "\n")) absl::ConsumeSuffix(&text, "\r");
  if (text.empty()) return Refused(path, "is empty", "write the secret into it");
  if (std::any_of(text.begin(), text.end(), absl::ascii_iscntrl)) {
    return Refused(path, "has control characters, perhaps several lines",
                   "write the secret into it on one line and nothing else");
  }
  ClientSecret secret;
  secret.secret = Secret(std::string(text.data(), text.size()));
  secret.fingerprint = SecretFingerprint(secret.secret);
  return secret;
}

absl::StatusOr<PrivateKey> ReadPrivateKeyFile(const std::string& path,
                                              absl::optional<JwsAlgorithm> wanted,
                                              absl::string_view key_id, FileRecord& files) {
  absl::StatusOr<Secret> content = files.Read(path, kMaxSecretBytes);
  if (!content.ok()) {
    return Refused(path, content.status().message(), "name a readable PEM file of the private key");
  }
  const absl::StatusOr<JwsAlgorithm> algorithm = JwsAlgorithmFor(*content, wanted);
  if (!algorithm.ok()) return Refused(path, algorithm.status().message());
  PrivateKey key;
  key.algorithm = *algorithm;
  key.secret.fingerprint = SecretFingerprint(
      Secret(absl::StrCat(JwsName(*algorithm), "\n", key_id, "\n", content->Expose())));
  key.secret.secret = *std::move(content);
  return key;
}

std::string SecretFingerprint(const Secret& secret) {
  const Secret input(absl::StrCat(absl::string_view("tokenbroker secret fingerprint"),
                                  absl::string_view("\0", 1), secret.Expose()));
  return absl::BytesToHexString(Sha256(input.Expose())).substr(0, 12);
}

}  // namespace tokenbroker

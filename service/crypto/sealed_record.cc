#include "crypto/sealed_record.h"

#include <absl/strings/str_cat.h>

#include "crypto/aes_gcm.h"
#include "crypto/keyring.h"

namespace tokenbroker {
namespace {

constexpr char kVersion = 1;

absl::string_view Take(absl::string_view* bytes, size_t n) {
  const absl::string_view taken = bytes->substr(0, n);
  bytes->remove_prefix(taken.size());
  return taken;
}

}  // namespace

absl::StatusOr<SealedParts> ParseSealed(absl::string_view bytes) {
  const absl::string_view version = Take(&bytes, 1);
  if (version.empty()) return absl::DataLossError("is empty, not a sealed record");
  if (version[0] != kVersion) {
    return absl::UnimplementedError(
        absl::StrCat("is sealed in the format ", static_cast<unsigned char>(version[0]),
                     ", and this build reads ", static_cast<int>(kVersion)));
  }
  SealedParts parts;
  const absl::string_view size = Take(&bytes, 1);
  if (!size.empty()) parts.key_id = Take(&bytes, static_cast<unsigned char>(size[0]));
  parts.nonce = Take(&bytes, kGcmNonceBytes);
  parts.ciphertext_and_tag = bytes;
  if (!IsKeyId(parts.key_id) || bytes.size() < kGcmTagBytes || bytes.size() > kMaxGcmBytes) {
    return absl::DataLossError("is not a sealed record");
  }
  return parts;
}

std::string FormatSealed(const SealedParts& parts) {
  const std::string head = {kVersion, static_cast<char>(parts.key_id.size())};
  return absl::StrCat(head, parts.key_id, parts.nonce, parts.ciphertext_and_tag);
}

}  // namespace tokenbroker

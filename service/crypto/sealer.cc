#include "crypto/sealer.h"

#include <absl/strings/str_cat.h>

#include <memory>

#include "base/status_macros.h"
#include "crypto/aes_gcm.h"
#include "crypto/random.h"
#include "crypto/sealed_record.h"

namespace tokenbroker {

absl::StatusOr<SealedRecord> Sealer::Seal(absl::string_view plaintext,
                                          absl::string_view associated_data, absl::Time now) const {
  const std::shared_ptr<const Keyring> keyring = keyring_.Current();
  const SealingKey& key = keyring->WriteKey(now);
  const std::string nonce = RandomBytes(kGcmNonceBytes);
  TB_ASSIGN_OR_RETURN(const std::string sealed,
                      AesGcmEncrypt(key.key, nonce, associated_data, plaintext));
  return SealedRecord{FormatSealed({key.id, nonce, sealed}), key.id};
}

absl::StatusOr<Secret> Sealer::Open(absl::string_view bytes,
                                    absl::string_view associated_data) const {
  TB_ASSIGN_OR_RETURN(const SealedParts parts, ParseSealed(bytes));
  const std::shared_ptr<const Keyring> keyring = keyring_.Current();
  const SealingKey* key = keyring->Find(parts.key_id);
  if (key == nullptr) {
    return absl::NotFoundError(
        absl::StrCat("is sealed with the key ", parts.key_id, ", which is not in the keyring"));
  }
  return AesGcmDecrypt(key->key, parts.nonce, associated_data, parts.ciphertext_and_tag);
}

}  // namespace tokenbroker

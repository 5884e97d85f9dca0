// Seals records for what lies outside the process, and opens them again. Any thread.
#pragma once

#include <absl/status/statusor.h>
#include <absl/strings/string_view.h>
#include <absl/time/time.h>

#include <string>

#include "base/secret.h"
#include "crypto/keyring.h"

namespace tokenbroker {

struct SealedRecord {
  // The layout of crypto/sealed_record.h.
  std::string bytes;
  // Of the key that sealed them.
  std::string key_id;
};

// No error quotes anything of a record but its key id. Associated data: crypto/associated_data.h.
class Sealer {
 public:
  // `keyring` outlives the sealer.
  explicit Sealer(const KeyringSource& keyring) : keyring_(keyring) {}

  // By the keyring's write key of `now`, with a new random nonce. INVALID_ARGUMENT when plaintext
  // or associated data have more than 4 MiB; INTERNAL when OpenSSL fails.
  absl::StatusOr<SealedRecord> Seal(absl::string_view plaintext, absl::string_view associated_data,
                                    absl::Time now) const;

  // NOT_FOUND when the keyring lacks the record's key, which the message names: it may come with
  // the next reload, so the record is unreadable and not lost. DATA_LOSS when the bytes are no
  // record, were changed, or belong to other associated data. UNIMPLEMENTED for a format of a newer
  // version.
  absl::StatusOr<Secret> Open(absl::string_view bytes, absl::string_view associated_data) const;

 private:
  const KeyringSource& keyring_;
};

}  // namespace tokenbroker

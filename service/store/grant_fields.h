// A grant as the fields of its record in Redis: what the scripts read is plain, the rest sealed.
// Any thread.
#pragma once

#include <absl/status/statusor.h>
#include <absl/strings/string_view.h>

#include <string>
#include <vector>

#include "base/clock.h"
#include "base/secret.h"
#include "crypto/keyring.h"
#include "crypto/sealer.h"
#include "store/script_answer.h"
#include "token/grant.h"
#include "token/refresh_outcome.h"

namespace tokenbroker {

// Field, value, field, value, ...: as scripts take changes. An empty value takes a field away.
using FieldChanges = std::vector<std::string>;

// A record that was read.
struct OpenedGrant {
  Grant grant;
  // What was sealed, if fields of a newer version are in it: whoever seals again carries them over.
  // Else empty.
  Secret sealed;
};

class GrantSealer {
 public:
  // Both must outlive the sealer. `clock` says which key writes.
  GrantSealer(const KeyringSource& keyring, const Clock& clock)
      : keyring_(keyring), sealer_(keyring), clock_(clock) {}

  // What a refresh may change, for generation `generation`. `previous` is OpenedGrant::sealed of
  // the record that is rewritten.
  absl::StatusOr<FieldChanges> Refreshed(const Grant& grant, int64_t generation,
                                         const Secret& previous) const;
  // All that a login, an import or a restore brings.
  absl::StatusOr<FieldChanges> Whole(const Grant& grant, int64_t generation) const;

  // Only what is sealed.
  absl::StatusOr<FieldChanges> Sealed(const Grant& grant, int64_t generation) const;

  // The grant of a record. Errors are the sealer's: NOT_FOUND for a key that we do not have.
  absl::StatusOr<OpenedGrant> Open(const GrantKey& key, const RecordFields& record) const;
  // The generation that its sealed part is bound to: its own, unless it was revoked since.
  static int64_t SealedFor(const RecordFields& record);
  // What of it is plain.
  static Grant Plain(const GrantKey& key, const RecordFields& record);

  // For what is sealed as a whole: a login, an outcome.
  absl::StatusOr<std::string> SealBytes(const Secret& plain,
                                        absl::string_view associated_data) const;
  absl::StatusOr<Secret> OpenBytes(absl::string_view sealed,
                                   absl::string_view associated_data) const;

  // Of the key that seals now.
  std::string WriteKeyId() const;
  // ",a,b,": the ids of the keys that open records, as begin_refresh takes them.
  std::string ReadableIds() const;

 private:
  absl::Status AddSealed(const Grant& grant, int64_t generation, absl::string_view previous,
                         FieldChanges* changes) const;

  const KeyringSource& keyring_;
  const Sealer sealer_;
  const Clock& clock_;
};

// "active", "reauthorization_required", "revoked", "deleted".
absl::string_view GrantStateName(GrantState state);
// kProviderTrouble for "provider_trouble" and so on; kNone for any other text.
ErrorClass ErrorClassFromName(absl::string_view name);

}  // namespace tokenbroker

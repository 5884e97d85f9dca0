#include "crypto/keyring_changes.h"

#include <absl/strings/escaping.h>
#include <absl/strings/str_cat.h>

#include <utility>
#include <vector>

#include "base/status_macros.h"
#include "crypto/aes_gcm.h"
#include "crypto/keyring_text.h"
#include "crypto/random.h"

namespace tokenbroker {
namespace {

absl::Time WholeSeconds(absl::Time time) {
  return absl::FromUnixSeconds(absl::ToUnixSeconds(time));
}

// "2026-11-24-3f9ac1": for people its day, for machines something of its own.
SealingKey MakeKey(absl::Time now, absl::Duration lead) {
  SealingKey key;
  key.created = WholeSeconds(now);
  key.write_from = WholeSeconds(now + lead);
  key.id = absl::StrCat(absl::FormatTime("%Y-%m-%d", now, absl::UTCTimeZone()), "-",
                        absl::BytesToHexString(RandomBytes(3)));
  key.key = Secret(RandomBytes(kAesKeyBytes));
  return key;
}

absl::Status StillWrites(const SealingKey& key, absl::Time now) {
  const std::string role = key.write_from > now ? absl::StrCat("is to be the write key from ",
                                                               FormatKeyTime(key.write_from), " on")
                                                : "is the write key";
  return absl::FailedPreconditionError(
      absl::StrCat("the key ", key.id, " ", role, "; add another, and retire this one ",
                   absl::FormatDuration(kRetireDelay), " after that one has taken over"));
}

}  // namespace

Keyring NewKeyring(absl::Time now) { return *Keyring::Make({MakeKey(now, absl::ZeroDuration())}); }

Keyring AddKey(const Keyring& keyring, absl::Time now, absl::Duration lead) {
  while (true) {
    std::vector<SealingKey> keys = keyring.keys();
    keys.push_back(MakeKey(now, lead));
    absl::StatusOr<Keyring> grown = Keyring::Make(std::move(keys));
    // Refused only when the random id is there already.
    if (grown.ok()) return *std::move(grown);
  }
}

absl::Time WritesUntil(const Keyring& keyring, const SealingKey& key) {
  const std::vector<SealingKey>& keys = keyring.keys();
  for (size_t i = 0; i + 1 < keys.size(); ++i) {
    if (keys[i].id == key.id) return keys[i + 1].write_from;
  }
  return absl::InfiniteFuture();
}

absl::Status CheckRetirable(const Keyring& keyring, absl::string_view id, absl::Time now) {
  const SealingKey* key = keyring.Find(id);
  if (key == nullptr) {
    return absl::NotFoundError(
        absl::StrCat("there is no key ", absl::CEscape(id.substr(0, kMaxKeyIdBytes))));
  }
  const absl::Time until = WritesUntil(keyring, *key);
  if (until > now) return StillWrites(*key, now);
  if (until + kRetireDelay > now) {
    return absl::FailedPreconditionError(
        absl::StrCat("the key ", key->id, " was the write key until ", FormatKeyTime(until),
                     "; retire it after ", FormatKeyTime(until + kRetireDelay)));
  }
  return absl::OkStatus();
}

absl::StatusOr<Keyring> RetireKey(const Keyring& keyring, absl::string_view id, absl::Time now) {
  TB_RETURN_IF_ERROR(CheckRetirable(keyring, id, now));
  std::vector<SealingKey> keys;
  for (const SealingKey& key : keyring.keys()) {
    if (key.id != id) keys.push_back(key);
  }
  return Keyring::Make(std::move(keys));
}

}  // namespace tokenbroker

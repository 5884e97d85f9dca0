// How a keyring changes over the years: made once, a key added now and then, old ones retired. The
// times are whole seconds. Pure functions but for the random keys; any thread.
#pragma once

#include <absl/status/statusor.h>
#include <absl/strings/string_view.h>
#include <absl/time/time.h>

#include "crypto/keyring.h"

namespace tokenbroker {

// How long a new key is only read with: in this time its file reaches every replica.
inline constexpr absl::Duration kWriteLead = absl::Minutes(15);
// How long after its last day as the write key a key is still needed: pending logins and whatever a
// slow replica wrote have ended or been sealed anew by then.
inline constexpr absl::Duration kRetireDelay = absl::Minutes(15);

// One new key, which writes from `now` on.
Keyring NewKeyring(absl::Time now);

// With another new key, which writes from `now` + `lead` on.
Keyring AddKey(const Keyring& keyring, absl::Time now, absl::Duration lead = kWriteLead);

// Until when a key is the write key: the next one's write_from; InfiniteFuture when there is no
// next. REQUIRES: `key` is one of the keyring's.
absl::Time WritesUntil(const Keyring& keyring, const SealingKey& key);

// OK when nobody seals with the key any more, and has not for kRetireDelay: whether a record still
// needs it, only the store knows. NOT_FOUND when there is no such key; FAILED_PRECONDITION when it
// is or will be the write key, or was it too lately; the message says until when.
absl::Status CheckRetirable(const Keyring& keyring, absl::string_view id, absl::Time now);

// Without the key. The errors of CheckRetirable.
absl::StatusOr<Keyring> RetireKey(const Keyring& keyring, absl::string_view id, absl::Time now);

}  // namespace tokenbroker

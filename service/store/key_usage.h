// Which keys of the keyring are still needed. A pure function; any thread.
#pragma once

#include <absl/time/time.h>

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "crypto/keyring.h"
#include "store/grant_store.h"

namespace tokenbroker {

// How long after a key's last use for writing something that is not counted may need it still: a
// login lives ten minutes, and replicas take a while to see a keyring's change.
inline constexpr absl::Duration kKeyAfterlife = absl::Minutes(15);

// Every key that `keyring` has or something names, those of the keyring first and in its order.
// `grants`: how many records each key seals. `spills`: the keys that writes on some replica's disk
// need. A key is retirable when it is not the write key and was not one for kKeyAfterlife, and
// nothing needs it.
std::vector<KeyUsage> JudgeKeys(const Keyring& keyring,
                                const std::map<std::string, int64_t>& grants,
                                const std::set<std::string>& spills, absl::Time now);

}  // namespace tokenbroker

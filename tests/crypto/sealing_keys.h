// Keys that everybody knows, for tests.
#pragma once

#include <absl/time/time.h>

#include <string>

#include "crypto/aes_gcm.h"
#include "crypto/digest.h"
#include "crypto/keyring.h"

namespace tokenbroker {

// So many minutes after some moment.
inline absl::Time At(int minute) {
  return absl::FromUnixSeconds(1'800'000'000) + absl::Minutes(minute);
}

// A key that its id determines, in force from At(write_from) on.
inline SealingKey TestKey(const std::string& id, int write_from) {
  return {id, Secret(Sha256(id)), At(write_from), At(write_from)};
}

}  // namespace tokenbroker

// How long the proofs run: seconds each in CI, at full length for `make prove`.
#pragma once

#include <absl/time/time.h>
#include <stdlib.h>

#include <string>

namespace tokenbroker {

// TB_PROVE=1.
inline bool AtFullLength() {
  const char* text = getenv("TB_PROVE");
  return text != nullptr && std::string(text) == "1";
}

// TB_RUN_SECONDS wins over both.
inline absl::Duration RunTime(absl::Duration in_ci, absl::Duration in_full) {
  const char* text = getenv("TB_RUN_SECONDS");
  if (text != nullptr) return absl::Seconds(atoi(text));
  return AtFullLength() ? in_full : in_ci;
}

inline int HowMany(int in_ci, int in_full) { return AtFullLength() ? in_full : in_ci; }

}  // namespace tokenbroker

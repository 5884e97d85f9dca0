// What the token endpoint was asked and what it gave out, one after the other: for who checks
// promises afterwards. Plain values; any thread.

#ifndef TESTS_PROVIDER_SIMULATOR_TOKEN_HISTORY_H_
#define TESTS_PROVIDER_SIMULATOR_TOKEN_HISTORY_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/time/time.h"

namespace provider_simulator {

struct TokenRequestSeen {
  absl::Time begun;       // when it was read
  std::string presented;  // the refresh token; empty: a code
  // Of a refresh: when its answer was written, or its connection was gone.
  absl::Time ended = absl::InfiniteFuture();
  bool accepted = false;  // what follows was given out, also when the answer was then lost
  std::uint64_t family = 0;
  std::string account_id;
  std::string access_token;
  std::string refresh_token;  // that is in force afterwards; empty: none
};

using TokenHistory = std::vector<TokenRequestSeen>;

}  // namespace provider_simulator

#endif  // TESTS_PROVIDER_SIMULATOR_TOKEN_HISTORY_H_

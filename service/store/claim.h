// What of a provider's grants is due, as the store hands it to whoever is to refresh it. Plain
// values; any thread.
#pragma once

#include <absl/time/time.h>
#include <absl/types/optional.h>

#include <cstdint>
#include <vector>

#include "token/grant_key.h"
#include "token/store_time.h"

namespace tokenbroker {

// A grant that was claimed, as it was at that moment.
struct DueGrant {
  GrantKey key;
  int64_t generation = 0;
  absl::Time authorized_at;
  absl::Time last_used_at;
  absl::optional<absl::Time> last_refresh_at;
};

// What of a provider was due, and claimed by nobody, when a claim looked.
struct DueBacklog {
  int64_t grants = 0;
  // How late the longest overdue was; zero without any.
  absl::Duration lag;
};

struct ClaimAnswer {
  enum class Outcome { kOk, kNoStore, kUnavailable };
  Outcome outcome = Outcome::kUnavailable;
  // Of kOk. With several primaries: of one of them.
  StoreTimeMark time;
  // Soonest due first, to ten seconds. Only what can be refreshed: active, with a refresh token.
  std::vector<DueGrant> due;
  // What is handed out here included.
  DueBacklog backlog;
};

}  // namespace tokenbroker

// What a watcher may be told of a grant: the rules of GetFreshToken, with a state in place of a
// refusal. Pure; any thread.
#pragma once

#include <absl/status/statusor.h>
#include <absl/types/optional.h>

#include "base/clock.h"
#include "broker/fresh_token.h"
#include "broker/watch_service.h"

namespace tokenbroker {

// `token` is what is known of the grant, null when there is none. `frozen`: why it is not refreshed
// though it is active (kNone: its provider is frozen); nullopt: it is. `query` has no min_ttl. A
// grant of another owner than the query's is one that does not exist. CALLER_NOT_ALLOWED when it
// has more scopes than the query may see.
absl::StatusOr<WatchView> ViewFor(const std::shared_ptr<const CachedToken>& token,
                                  absl::optional<StateReason> frozen, const FreshTokenQuery& query,
                                  SteadyTime now);

}  // namespace tokenbroker

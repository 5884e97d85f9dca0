// What Token() says of a grant that yields no token. Pure functions; any thread.
#pragma once

#include <absl/status/status.h>

#include "client/library/broker_link.h"
#include "tokenbroker/client/token_source_options.h"

namespace tokenbroker::client {

// The refusal that GetFreshToken would give for this state; OK when it may give a token.
absl::Status RefusalOf(const GrantStatus& grant);

// With the names of the grant in the broker's error, where the status has one.
absl::Status WithNames(const absl::Status& status, const TokenSourceOptions& grant);

// Whether asking again soon may end otherwise without anybody doing something about it.
bool MayPass(absl::StatusCode code);

}  // namespace tokenbroker::client

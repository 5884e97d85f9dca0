// One refresh of one grant, from begin_refresh to the stored answer: the only code that presents a
// refresh token. docs: the refresh protocol's *Sending* and *Storing*.
#pragma once

#include <absl/status/status.h>
#include <absl/time/time.h>
#include <absl/types/optional.h>

#include <memory>
#include <string>

#include "base/trace_context.h"
#include "broker/broker_parts.h"
#include "broker/fresh_token.h"
#include "store/grant_store.h"

namespace tokenbroker {

struct RefreshOrder {
  GrantKey key;
  // The generation that is to be replaced.
  int64_t known_generation = 0;
  Demand demand = Demand::kBackground;
  RefreshTrigger trigger = RefreshTrigger::kBackground;
  // An administrator wants the kept token of a dead grant presented once more.
  bool retry_dead = false;
  // What the caller who made it was promised; see TokenTraits::unmet_ttl.
  absl::optional<absl::Duration> min_ttl;
  // Of the caller who made it, of all that wait for it.
  TraceContext trace;
};

struct RefreshResult {
  // OK when the cache now has a token above known_generation. Else why not: a Refusal.
  absl::Status status;
  // kRefreshed, or kStore when somebody else had refreshed.
  TokenSource source = TokenSource::kRefreshed;
};

// Runs one flight; single-flight by key is the caller's business. Loop thread only. `parts` must
// outlive it.
Task<RefreshResult> RunRefreshFlight(BrokerParts* parts, RefreshOrder order);

// How long a flight tries to get hold of a grant before it gives up for this time.
inline constexpr absl::Duration kFlightPatience = absl::Seconds(30);

}  // namespace tokenbroker

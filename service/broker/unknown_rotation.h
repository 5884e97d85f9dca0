// What to do about a refresh token that was presented with unknown outcome (a replica died, an
// answer was lost): present it again, or be patient. Pure; any thread. The store's times.
#pragma once

#include <absl/time/time.h>

#include "config/provider_config.h"
#include "store/grant_store.h"
#include "token/grant.h"

namespace tokenbroker {

struct UnknownRotation {
  // When it was first presented without a known outcome, and when its last attempt was begun.
  absl::Time intent_at;
  absl::Time begun_at;
};

// From when on the token may be presented again; not after `now`: at once; InfiniteFuture: not
// before a caller demands it.
//
// A provider that does not rotate does not mind. One with a grace period takes the old token until
// that is over. A single-use token that was used is gone, and presenting it again may revoke the
// whole family (RFC 9700 4.14.2): keep serving the present access token, because a paused holder
// may still come back with the answer, and present it when there is nothing left to lose: when the
// access token has expired, or, without a known expiry, when a caller's was rejected.
absl::Time MayPresentAgainAt(const Grant& grant, const UnknownRotation& unknown,
                             const ProviderConfig& config, Demand demand, absl::Time now);

// Whether that matters at all, as the store asks.
inline Replay ReplayOf(const ProviderConfig& config) {
  return config.refresh.rotation == Rotation::kNone ? Replay::kHarmless : Replay::kHarmful;
}

}  // namespace tokenbroker

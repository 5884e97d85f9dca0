// The rules of time: until when a token is handed out, when its refresh is due, how soon it may be
// refreshed again. Pure functions of a token's life; any thread. `life` may be InfiniteDuration
// (no known expiry).
#pragma once

#include <absl/time/time.h>
#include <absl/types/optional.h>

#include "base/jitter.h"

namespace tokenbroker {

// How long before its expiry a token is no longer served to callers that set no min_ttl: the
// smaller of 5 s and 10 % of its life.
absl::Duration ServeMargin(absl::Duration life);

// No token younger than this is refreshed, whoever asks: the smaller of 30 s and 10 % of its life.
absl::Duration MinRefreshInterval(absl::Duration life);

// How long before its expiry a refresh is due: `configured`, else the smaller of 5 min and 20 % of
// the life; never more than half the life.
absl::Duration DueMargin(absl::Duration life, absl::optional<absl::Duration> configured);

// DueMargin ±10 %, drawn once per token so that tokens that were born together do not fall due
// together.
absl::Duration JitteredDueMargin(absl::Duration life, absl::optional<absl::Duration> configured,
                                 Jitter& jitter);

// How long a refresh token is left unused at most that dies when it is not used for
// `idle_lifetime`: 80 % of that.
absl::Duration KeepAliveInterval(absl::Duration idle_lifetime);

// Whether a token with `remaining` life is handed out. With `min_ttl` the caller is promised more
// than that; without, ServeMargin decides.
bool IsServable(absl::Duration remaining, absl::Duration life,
                absl::optional<absl::Duration> min_ttl);

}  // namespace tokenbroker

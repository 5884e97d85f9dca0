// What a store remembers of a grant beside the grant: the refresh that was begun, and which attempt
// made what. A plain value; any thread.
#pragma once

#include <absl/time/time.h>
#include <absl/types/optional.h>

#include <cstdint>

#include "store/grant_store.h"
#include "token/grant.h"
#include "token/refresh_outcome.h"

namespace tokenbroker {

struct RefreshRecord {
  Grant grant;

  // The attempt that made grant.generation, and the last PutGrant's or FinishExchange's.
  Attempt generation_attempt;
  Attempt put_attempt;
  // The one before that, which may be repeated still, and the generation that it left.
  Attempt put_before;
  int64_t put_before_generation = 0;
  // The refresh_token_generation of the token that the present one replaced.
  int64_t refresh_token_parent = 0;

  // The refresh that was begun last, and the last one that ended.
  Attempt attempt;
  Attempt ended_attempt;
  absl::Time begun_at;
  // While `unknown`: when the last of the earlier attempts was begun whose outcome is not known.
  absl::optional<absl::Time> begun_before;
  // When the present refresh token was first sent without an outcome that is known; unset: never.
  absl::optional<absl::Time> intent_at;
  // The intent is older than the attempt on record: an answer to this attempt does not settle it.
  bool unknown = false;
  // The highest generation that was reserved for a commit.
  int64_t next = 0;
  absl::optional<absl::Time> lease_until;
  absl::Time backoff_until = absl::InfinitePast();
  ErrorClass backoff_class = ErrorClass::kNone;

  // Revoked or deleted.
  bool tombstone() const;
  // A lease that ends more than one lease ahead was taken before the clock was set back: expired.
  bool LeaseHeld(absl::Time now) const;
  void ClearBackoff();
  // Forgets the refresh that was begun, its lease, intent and backoff; keeps what was reserved.
  void ClearRefresh();
  // Nothing is unknown any more, and whoever deferred to what was waits no longer (docs/adr/0033).
  void SettleIntent();
  // What `attempt` leaves behind when it has ended well: nothing, unless another was begun since.
  void EndAttempt(const Attempt& ended);
};

// Times are kept in whole milliseconds.
absl::Time InMilliseconds(absl::Time t);
Grant InMilliseconds(Grant grant);

}  // namespace tokenbroker

#include "store/refresh_record.h"

#include <utility>

namespace tokenbroker {
namespace {

void Truncate(absl::optional<absl::Time>& t) {
  if (t) t = InMilliseconds(*t);
}

}  // namespace

bool RefreshRecord::tombstone() const {
  return grant.state == GrantState::kRevoked || grant.state == GrantState::kDeleted;
}

bool RefreshRecord::LeaseHeld(absl::Time now) const {
  return lease_until && *lease_until > now && *lease_until <= now + kLease;
}

void RefreshRecord::ClearBackoff() {
  backoff_until = absl::InfinitePast();
  backoff_class = ErrorClass::kNone;
}

void RefreshRecord::ClearRefresh() {
  attempt.clear();
  SettleIntent();
  lease_until.reset();
  ClearBackoff();
}

void RefreshRecord::SettleIntent() {
  intent_at.reset();
  unknown = false;
  begun_before.reset();
  if (backoff_class == ErrorClass::kRotationUnknown) ClearBackoff();
}

void RefreshRecord::EndAttempt(const Attempt& ended) {
  ended_attempt = ended;
  if (attempt != ended) return;
  ClearRefresh();
  attempt = ended;
}

absl::Time InMilliseconds(absl::Time t) {
  if (t == absl::InfiniteFuture() || t == absl::InfinitePast()) return t;
  return absl::FromUnixMillis(absl::ToUnixMillis(t));
}

Grant InMilliseconds(Grant grant) {
  for (absl::Time* t :
       {&grant.issued_at, &grant.authorized_at, &grant.created_at, &grant.last_used_at}) {
    *t = InMilliseconds(*t);
  }
  Truncate(grant.expires_at);
  Truncate(grant.refresh_at);
  Truncate(grant.last_refresh_at);
  Truncate(grant.reauthorize_at);
  return grant;
}

}  // namespace tokenbroker

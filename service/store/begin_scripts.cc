#include <algorithm>

#include "store/memory_scripts.h"

namespace tokenbroker {
namespace {

using Begun = BeginRefreshAnswer::Outcome;

// Why the begin is made although something speaks against it. A rollback that was mended meanwhile,
// and a dead grant that was revived, are no reason any more: whoever has begun since is an orphan
// like any other.
Despite::What Reason(const RefreshRecord& record, const BeginRefreshRequest& request) {
  const Grant& grant = record.grant;
  const Despite::What what = request.despite.what;
  const bool mended =
      what == Despite::What::kRollback && grant.generation >= request.known_generation;
  const bool revived =
      what == Despite::What::kState && grant.state != GrantState::kReauthorizationRequired;
  return mended || revived ? Despite::What::kNothing : what;
}

// An orphan is excused by its name: after a rollback as well somebody may have begun since.
bool Excused(const RefreshRecord& record, const BeginRefreshRequest& request) {
  const Despite::What despite = Reason(record, request);
  if (despite == Despite::What::kState) return true;
  return despite != Despite::What::kNothing && request.despite.attempt == record.attempt;
}

Begun JudgeBegin(const RefreshRecord& record, const BeginRefreshRequest& request, absl::Time now) {
  const Grant& grant = record.grant;
  const Despite::What despite = Reason(record, request);
  if (grant.state != GrantState::kActive && despite != Despite::What::kState) return Begun::kState;
  if (grant.generation > request.known_generation) return Begun::kNewer;
  if (grant.generation < request.known_generation && despite != Despite::What::kRollback) {
    return Begun::kOlder;
  }
  // A begin that arrives after its attempt was given up must not take the lease again.
  if (record.ended_attempt == request.attempt) return Begun::kExpired;
  if (record.attempt == request.attempt) return Begun::kGo;
  if (record.backoff_until > now) return Begun::kBackoff;
  if (record.LeaseHeld(now)) return Begun::kBusy;
  if (record.intent_at && !Excused(record, request)) return Begun::kUnknown;
  return Begun::kGo;
}

void Begin(RefreshRecord& record, const BeginRefreshRequest& request, absl::Time now) {
  if (record.attempt != request.attempt) {
    record.next = std::max({record.grant.generation + 1, record.next + 1,
                            request.known_generation + 1, absl::ToUnixMillis(now)});
    // An orphan that was settled meanwhile leaves nothing unknown; a rolled back or dead grant's
    // token may have been presented by anybody.
    const Despite::What despite = Reason(record, request);
    record.unknown = despite == Despite::What::kUnknownAttempt ? record.intent_at.has_value()
                                                               : despite != Despite::What::kNothing;
    record.begun_before.reset();
    if (record.unknown) record.begun_before = record.begun_at;
    record.attempt = request.attempt;
    record.begun_at = now;
  }
  if (!record.intent_at) record.intent_at = now;
  record.lease_until = now + kLease;
  if (request.demand == Demand::kCaller) record.grant.last_used_at = now;
}

// Whether the attempt of `request` was on record before a failover lost it: its token is stored,
// and nobody has begun since. A higher generation is no sign of that: a login may have inherited
// the token.
bool WasLost(const RefreshRecord& record, const RenewRequest& request, absl::Time now) {
  const bool other_is_running =
      !record.attempt.empty() && record.attempt != record.ended_attempt && record.LeaseHeld(now);
  return record.grant.refresh_token_generation == request.parent && !record.tombstone() &&
         record.next < request.next && !other_is_running;
}

void Recreate(RefreshRecord& record, const RenewRequest& request) {
  record.unknown = record.intent_at.has_value();
  record.begun_before.reset();
  if (record.unknown) record.begun_before = record.begun_at;
  record.intent_at = InMilliseconds(request.intent_at);
  record.attempt = request.attempt;
  record.next = request.next;
  record.begun_at = InMilliseconds(request.begun_at);
}

}  // namespace

LoadAnswer RunLoad(MemoryScript& script, const GrantKey& key) {
  LoadAnswer answer;
  const RefreshRecord* record = script.grants.Find(key, script.time);
  if (record == nullptr || record->grant.state == GrantState::kDeleted) {
    answer.outcome = LoadAnswer::Outcome::kNotFound;
    answer.deleted_generation = record == nullptr ? 0 : record->grant.generation;
    return answer;
  }
  answer.outcome = LoadAnswer::Outcome::kFound;
  answer.grant = record->grant;
  return answer;
}

BeginRefreshAnswer RunBeginRefresh(MemoryScript& script, const BeginRefreshRequest& request) {
  BeginRefreshAnswer answer;
  RefreshRecord* record = script.grants.Find(request.key, script.time);
  if (script.faults.settling() && request.replay == Replay::kHarmful) {
    answer.outcome = Begun::kSettling;
  } else if (script.steady > request.not_after) {
    answer.outcome = Begun::kExpired;
  } else if (script.faults.unreadable(request.key)) {
    answer.outcome = Begun::kUnreadable;
  } else if (record == nullptr || record->grant.state == GrantState::kDeleted) {
    answer.outcome = Begun::kGone;
  } else {
    answer.outcome = JudgeBegin(*record, request, script.time);
  }
  switch (answer.outcome) {
    case Begun::kGo:
      Begin(*record, request, script.time);
      answer.next = record->next;
      answer.until = *record->lease_until;
      answer.intent_at = *record->intent_at;
      answer.begun_at = record->begun_at;
      answer.grant = record->grant;
      break;
    case Begun::kState:
    case Begun::kNewer:
    case Begun::kOlder:
      answer.grant = record->grant;
      break;
    case Begun::kBackoff:
      answer.until = record->backoff_until;
      answer.backoff_class = record->backoff_class;
      break;
    case Begun::kBusy:
      answer.until = *record->lease_until;
      break;
    case Begun::kUnknown:
      answer.grant = record->grant;
      answer.unknown_attempt = record->attempt;
      answer.intent_at = *record->intent_at;
      answer.begun_at = record->begun_at;
      break;
    case Begun::kNoStore:
    case Begun::kUnavailable:
    case Begun::kSettling:
    case Begun::kExpired:
    case Begun::kUnreadable:
    case Begun::kGone:
      break;
  }
  return answer;
}

RenewAnswer RunRenew(MemoryScript& script, const RenewRequest& request) {
  RenewAnswer answer;
  RefreshRecord* record = script.grants.Find(request.key, script.time);
  if (script.steady > request.not_after) {
    answer.outcome = RenewAnswer::Outcome::kExpired;
  } else if (record == nullptr || record->grant.state == GrantState::kDeleted) {
    answer.outcome = RenewAnswer::Outcome::kGone;
  } else if (record->ended_attempt == request.attempt) {
    answer.outcome = RenewAnswer::Outcome::kEnded;
  } else if (record->attempt != request.attempt && !WasLost(*record, request, script.time)) {
    answer.outcome = RenewAnswer::Outcome::kTaken;
  } else {
    if (record->attempt != request.attempt) Recreate(*record, request);
    record->lease_until = script.time + kLease;
    answer.until = *record->lease_until;
    answer.outcome = RenewAnswer::Outcome::kOk;
  }
  return answer;
}

}  // namespace tokenbroker

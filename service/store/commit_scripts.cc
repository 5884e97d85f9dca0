#include <utility>

#include "store/memory_scripts.h"

namespace tokenbroker {
namespace {

bool Succeeds(const RefreshRecord& record, const CommitRequest& request) {
  const int64_t stored = record.grant.refresh_token_generation;
  if (stored == request.parent) return true;
  // The same token was presented twice: the later answer wins. That of the attempt on record is it,
  // though the other's may have been given a higher number since.
  return request.rotated == Rotated::kYes && record.refresh_token_parent == request.parent &&
         (request.next > stored || record.attempt == request.attempt);
}

// What was stored since, a login or a refresh without rotation, kept its refresh token
// (docs/adr/0027).
bool BroughtStoredToken(const RefreshRecord& record, const CommitRequest& request) {
  return request.rotated == Rotated::kYes && record.grant.refresh_token_generation == request.next;
}

CommitAnswer::Outcome JudgeCommit(const RefreshRecord* record, const CommitRequest& request) {
  using Outcome = CommitAnswer::Outcome;
  if (record == nullptr) return Outcome::kGone;
  if (record->grant.generation < request.parent) return Outcome::kOlder;
  if (record->generation_attempt == request.attempt) return Outcome::kAlready;
  if (record->grant.state == GrantState::kDeleted) return Outcome::kDeleted;
  if (record->grant.state == GrantState::kRevoked) return Outcome::kRevoked;
  if (BroughtStoredToken(*record, request)) return Outcome::kAlready;
  if (!Succeeds(*record, request)) return Outcome::kLost;
  if (request.next <= record->grant.generation) {
    return request.rotated == Rotated::kYes ? Outcome::kRenumber : Outcome::kLost;
  }
  return Outcome::kStored;
}

void StoreCommit(RefreshRecord& record, const CommitRequest& request, absl::Time now) {
  Grant grant = InMilliseconds(request.record);
  const Grant& old = record.grant;
  grant.generation = request.next;
  grant.login_generation = old.login_generation;
  grant.owner = old.owner;
  grant.created_at = old.created_at;
  grant.authorized_at = old.authorized_at;
  grant.last_used_at = request.demand == Demand::kCaller ? now : old.last_used_at;
  grant.last_refresh_at = now;
  if (grant.state == GrantState::kActive) grant.last_error.clear();
  if (request.rotated == Rotated::kYes) {
    grant.refresh_token_generation = request.next;
    record.refresh_token_parent = request.parent;
  } else {
    grant.refresh_token_generation = old.refresh_token_generation;
    grant.refresh_token = old.refresh_token;
  }
  record.grant = std::move(grant);
  record.generation_attempt = request.attempt;
  record.EndAttempt(request.attempt);
  // What another attempt left unknown was about the token that is replaced now.
  if (request.rotated == Rotated::kYes) record.SettleIntent();
}

// A login that inherited the token came between: it is known how the token fared, but the grant's
// state is the login's.
bool Overtaken(const RefreshRecord& record, const FailRequest& request) {
  return request.outcome != Delivery::kLostAnswer && record.grant.generation > record.next;
}

bool TokenWasReplaced(const RefreshRecord& record, const FailRequest& request) {
  return record.grant.refresh_token_generation != request.parent;
}

FailAnswer::Outcome JudgeFail(const RefreshRecord* record, const FailRequest& request) {
  using Outcome = FailAnswer::Outcome;
  if (record == nullptr || record->grant.state == GrantState::kDeleted) return Outcome::kGone;
  if (record->attempt != request.attempt) return Outcome::kNotYours;
  if (TokenWasReplaced(*record, request) || Overtaken(*record, request)) return Outcome::kNewer;
  // Somebody gave up on an attempt that was committed in the meantime, without a rotation.
  const bool committed = record->generation_attempt == request.attempt;
  if (committed && request.outcome == Delivery::kLostAnswer) return Outcome::kNewer;
  return Outcome::kOk;
}

// An answer to this attempt does not settle an earlier presentation, unless the grant is dead.
void Settle(RefreshRecord& record, const FailRequest& request, bool dead) {
  record.ended_attempt = request.attempt;
  if (request.outcome == Delivery::kLostAnswer) return;
  if (record.unknown && !dead) {
    // Its holder will not come back: only the earlier one's may (docs/adr/0029).
    record.begun_at = record.begun_before.value_or(record.begun_at);
    return;
  }
  record.SettleIntent();
}

void StoreFailure(MemoryScript& script, RefreshRecord& record, const FailRequest& request) {
  Grant& grant = record.grant;
  const bool dead = request.error_class == ErrorClass::kGrantDead ||
                    grant.state == GrantState::kReauthorizationRequired;
  Settle(record, request, dead);
  switch (request.error_class) {
    case ErrorClass::kGrantDead:
      grant.state = GrantState::kReauthorizationRequired;
      grant.state_reason = request.cause;
      record.ClearBackoff();
      break;
    case ErrorClass::kProviderTrouble:
    case ErrorClass::kQuota:
    case ErrorClass::kRotationUnknown:
      record.backoff_until = InMilliseconds(request.until);
      record.backoff_class = request.error_class;
      break;
    case ErrorClass::kNone:
    case ErrorClass::kOurConfiguration:
    case ErrorClass::kCodeRefused:
    case ErrorClass::kCallerMistake:
      break;
  }
  if (!request.last_error.empty()) grant.last_error = request.last_error;
  if (dead) {
    script.grants.SetDue(grant.key, absl::InfiniteFuture());
  } else if (request.until != absl::Time()) {
    script.grants.SetDue(grant.key, InMilliseconds(request.until));
  }
}

}  // namespace

CommitAnswer RunCommit(MemoryScript& script, const CommitRequest& request) {
  CommitAnswer answer;
  RefreshRecord* record = script.grants.Find(request.record.key, script.time);
  answer.outcome = JudgeCommit(record, request);
  if (answer.outcome == CommitAnswer::Outcome::kStored) {
    StoreCommit(*record, request, script.time);
    ScheduleByGrant(script, *record);
    script.Publish(record->grant, ChangeKind::kRefresh);
  } else if (answer.outcome == CommitAnswer::Outcome::kLost && Succeeds(*record, request) &&
             record->attempt == request.attempt) {
    // A login that inherited the token is newer; how the token fared is known all the same.
    record->EndAttempt(request.attempt);
    script.Publish(record->grant, ChangeKind::kFailure);
  }
  if (record != nullptr) answer.generation = record->grant.generation;
  return answer;
}

FailAnswer RunFail(MemoryScript& script, const FailRequest& request) {
  FailAnswer answer;
  RefreshRecord* record = script.grants.Find(request.key, script.time);
  answer.outcome = JudgeFail(record, request);
  switch (answer.outcome) {
    case FailAnswer::Outcome::kOk:
      StoreFailure(script, *record, request);
      break;
    case FailAnswer::Outcome::kNewer:
      if (!TokenWasReplaced(*record, request) && Overtaken(*record, request)) {
        Settle(*record, request, false);
      }
      answer.grant = record->grant;
      break;
    case FailAnswer::Outcome::kGone:
    case FailAnswer::Outcome::kNotYours:
    case FailAnswer::Outcome::kNoStore:
    case FailAnswer::Outcome::kUnavailable:
      return answer;
  }
  record->lease_until.reset();
  script.Publish(record->grant, ChangeKind::kFailure);
  return answer;
}

void ScheduleByGrant(MemoryScript& script, const RefreshRecord& record) {
  const bool active = record.grant.state == GrantState::kActive;
  const absl::Time due = record.grant.refresh_at.value_or(absl::InfiniteFuture());
  script.grants.SetDue(record.grant.key, active ? due : absl::InfiniteFuture());
}

}  // namespace tokenbroker

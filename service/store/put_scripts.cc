#include <algorithm>
#include <utility>

#include "store/memory_scripts.h"

namespace tokenbroker {
namespace {

using Outcome = PutGrantAnswer::Outcome;

PutGrantAnswer Answer(Outcome outcome, int64_t generation) {
  PutGrantAnswer answer;
  answer.outcome = outcome;
  answer.generation = generation;
  return answer;
}

// The generation that the next one must exceed.
int64_t Taken(const RefreshRecord* record) {
  return record == nullptr ? 0 : std::max(record->grant.generation, record->next);
}

// Stores `grant` as the record's, made by `attempt`; the generations are set by then.
PutGrantAnswer Finish(MemoryScript& script, RefreshRecord& record, const Attempt& attempt,
                      Grant grant, ChangeKind kind) {
  record.put_before = std::exchange(record.put_attempt, attempt);
  record.put_before_generation = record.grant.generation;
  record.grant = InMilliseconds(std::move(grant));
  record.generation_attempt = attempt;
  const bool ends = record.tombstone();
  const GrantKey& key = record.grant.key;
  script.grants.SetEnd(key, ends ? script.time + kTombstoneLife : absl::InfiniteFuture());
  ScheduleByGrant(script, record);
  script.Publish(record.grant, kind);
  return Answer(Outcome::kStored, record.grant.generation);
}

// A login that inherited a refresh token has a higher generation than that token's successor, which
// was stored since (docs/adr/0026).
bool BringsReplacedToken(const Grant& restored, const RefreshRecord& present) {
  const bool ends =
      restored.state == GrantState::kRevoked || restored.state == GrantState::kDeleted;
  const int64_t brought = restored.refresh_token_generation;
  return !ends && brought != 0 && brought < present.grant.refresh_token_generation;
}

PutGrantAnswer Restore(MemoryScript& script, const PutGrantRequest& request) {
  const GrantKey& key = request.record.key;
  const RefreshRecord* present = script.grants.Find(key, script.time);
  const int64_t stored = present == nullptr ? 0 : present->grant.generation;
  if (request.generation <= stored) return Answer(Outcome::kLost, stored);
  if (present != nullptr && BringsReplacedToken(request.record, *present)) {
    return Answer(Outcome::kLost, stored);
  }
  RefreshRecord& record = script.grants.FindOrCreate(key, script.time);
  Grant grant = request.record;
  grant.generation = request.generation;
  if (grant.refresh_token_generation == 0) grant.refresh_token_generation = request.generation;
  // What replaced what is not known any more: only answers to the restored token succeed it.
  record.refresh_token_parent = 0;
  if (record.attempt == request.attempt) record.EndAttempt(request.attempt);
  // What was begun otherwise concerns a token that is not stored any more (docs/adr/0033).
  const bool replaces = grant.refresh_token_generation != record.grant.refresh_token_generation;
  if (replaces) record.ClearRefresh();
  return Finish(script, record, request.attempt, std::move(grant), ChangeKind::kRestore);
}

Grant Tombstone(const Grant& old, PutKind kind) {
  Grant grant = old;
  grant.access_token = Secret();
  grant.refresh_token = Secret();
  grant.refresh_at.reset();
  grant.last_error.clear();
  const bool deleted = kind == PutKind::kDelete || old.state == GrantState::kDeleted;
  if (!deleted) {
    grant.state = GrantState::kRevoked;
    grant.state_reason = StateReason::kRevoked;
    return grant;
  }
  Grant bare;
  bare.key = grant.key;
  bare.login_generation = grant.login_generation;
  bare.refresh_token_generation = grant.refresh_token_generation;
  bare.created_at = grant.created_at;
  bare.state = GrantState::kDeleted;
  return bare;
}

PutGrantAnswer Bury(MemoryScript& script, const PutGrantRequest& request) {
  const RefreshRecord* present = script.grants.Find(request.record.key, script.time);
  Boxed<Grant> replaced;
  if (present != nullptr) replaced = present->grant;
  RefreshRecord& record = script.grants.FindOrCreate(request.record.key, script.time);
  const int64_t generation =
      std::max({record.grant.generation + 1, record.next + 1, absl::ToUnixMillis(script.time)});
  Grant grant = Tombstone(record.grant, request.kind);
  grant.generation = generation;
  record.ClearRefresh();
  const ChangeKind kind =
      request.kind == PutKind::kDelete ? ChangeKind::kDelete : ChangeKind::kRevoke;
  PutGrantAnswer answer = Finish(script, record, request.attempt, std::move(grant), kind);
  answer.replaced = std::move(replaced);
  return answer;
}

}  // namespace

PutGrantAnswer StoreLogin(MemoryScript& script, const LoginWrite& write) {
  const GrantKey& key = write.grant.key;
  const RefreshRecord* present = script.grants.Find(key, script.time);
  const bool inherits = write.expected != 0;
  // What is stored may have been replaced by what is about to be put back.
  if (inherits && script.faults.settling() && write.replay == Replay::kHarmful) {
    return Answer(Outcome::kSettling, 0);
  }
  if (inherits &&
      (present == nullptr || present->grant.refresh_token_generation != write.expected ||
       present->grant.refresh_token.empty() || present->grant.state != GrantState::kActive)) {
    return Answer(Outcome::kLost, present == nullptr ? 0 : present->grant.generation);
  }
  if (write.generation <= Taken(present)) return Answer(Outcome::kRenumber, Taken(present));
  RefreshRecord& record = script.grants.FindOrCreate(key, script.time);
  const bool anew = present == nullptr || present->grant.state == GrantState::kDeleted;
  Grant grant = write.grant;
  grant.generation = write.generation;
  grant.login_generation = write.generation;
  grant.created_at = anew ? script.time : record.grant.created_at;
  if (grant.authorized_at == absl::Time()) grant.authorized_at = script.time;
  grant.last_used_at = std::max(grant.last_used_at, record.grant.last_used_at);
  if (inherits) {
    grant.refresh_token_generation = write.expected;
    grant.refresh_token = record.grant.refresh_token;
    // Whoever has presented the token, or holds the lease to, has still done so.
    record.ClearBackoff();
  } else {
    grant.refresh_token_generation = write.generation;
    record.refresh_token_parent = 0;
    record.ClearRefresh();
  }
  return Finish(script, record, write.attempt, std::move(grant), ChangeKind::kLogin);
}

PutGrantAnswer RunPutGrant(MemoryScript& script, const PutGrantRequest& request) {
  script.grants.DropSomeEnded(script.time);
  const RefreshRecord* present = script.grants.Find(request.record.key, script.time);
  if (present != nullptr && present->put_attempt == request.attempt) {
    return Answer(Outcome::kAlready, present->grant.generation);
  }
  if (present != nullptr && present->put_before == request.attempt) {
    return Answer(Outcome::kAlready, present->put_before_generation);
  }
  if (script.steady > request.not_after) return Answer(Outcome::kExpired, 0);
  switch (request.kind) {
    case PutKind::kLogin:
    case PutKind::kImport:
      return StoreLogin(script, LoginWrite{request.attempt, request.generation, request.expected,
                                           request.record, Replay::kHarmful});
    case PutKind::kRestore:
      return Restore(script, request);
    case PutKind::kRevoke:
    case PutKind::kDelete:
      return Bury(script, request);
  }
  return PutGrantAnswer();
}

}  // namespace tokenbroker

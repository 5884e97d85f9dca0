#include "tests/simulation/store_server.h"

#include <algorithm>

#include "tests/simulation/names.h"
#include "tests/simulation/plan.h"

namespace tokenbroker::simulation {
namespace {

using Begun = BeginRefreshAnswer::Outcome;
using Committed = CommitAnswer::Outcome;
using Put = PutGrantAnswer::Outcome;

// As in the Redis store, where it is a minute; tokens live shorter here.
constexpr absl::Duration kNoTimeLeft = absl::Seconds(5);

Write::Kind KindOf(PutKind kind) {
  switch (kind) {
    case PutKind::kLogin:
    case PutKind::kImport:
      return Write::Kind::kLogin;
    case PutKind::kRestore:
      return Write::Kind::kRestore;
    case PutKind::kRevoke:
      return Write::Kind::kRevoke;
    case PutKind::kDelete:
      return Write::Kind::kDelete;
  }
  return Write::Kind::kLogin;
}

}  // namespace

StoreServer::StoreServer(Scheduler& scheduler, History& history)
    : scheduler_(scheduler),
      history_(history),
      loop_(scheduler.clock(), Loop::Timers::kSimulated),
      wall_(scheduler.clock()),
      store_(loop_, wall_) {
  store_.Subscribe(this);
  loop_.Poll();
}

LoadAnswer StoreServer::Load(const Process&, const GrantKey& key) {
  return Execute(store_.Load(key));
}

BeginRefreshAnswer StoreServer::BeginRefresh(const Process& by,
                                             const BeginRefreshRequest& request) {
  BeginRefreshAnswer answer = Execute(store_.BeginRefresh(request));
  if (answer.outcome == Begun::kGo) NoteWhen(by, request.not_after);
  const bool waits = history_.durable && lagging_ && request.replay == Replay::kHarmful;
  if (answer.outcome != Begun::kGo || !waits) return answer;
  const absl::optional<absl::Time> expires_at = answer.grant->expires_at;
  if (expires_at && *expires_at < answer.time.store_time + kNoTimeLeft) return answer;
  FailRequest release;
  release.key = request.key;
  release.attempt = request.attempt;
  release.parent = answer.grant->refresh_token_generation;
  Fail(by, release);
  return BeginRefreshAnswer();
}

RenewAnswer StoreServer::Renew(const Process& by, const RenewRequest& request) {
  const RenewAnswer answer = Execute(store_.Renew(request));
  if (answer.outcome == RenewAnswer::Outcome::kOk) NoteWhen(by, request.not_after);
  return answer;
}

CommitAnswer StoreServer::Commit(const Process& by, const CommitRequest& request) {
  CommitAnswer answer = Execute(store_.Commit(request));
  if (answer.outcome == Committed::kStored) {
    const bool rotated = request.rotated == Rotated::kYes;
    const int token =
        rotated ? NumberIn(request.record.refresh_token) : TokenNow(GrantOf(request.record.key));
    Write& write = Wrote(by, request.record.key, Write::Kind::kRefresh, request.attempt,
                         answer.generation, token);
    if (!rotated) write.access_expires = DeathOf(request.record);
  }
  const bool stored = answer.outcome == Committed::kStored || answer.outcome == Committed::kAlready;
  if (stored && history_.durable && lagging_ && request.replay == Replay::kHarmful) {
    Unacknowledged(request.attempt);
    answer.outcome = Committed::kUnavailable;
    answer.unreplicated = true;
  }
  return answer;
}

FailAnswer StoreServer::Fail(const Process& by, const FailRequest& request) {
  const FailAnswer answer = Execute(store_.Fail(request));
  const bool dead =
      answer.outcome == FailAnswer::Outcome::kOk && request.error_class == ErrorClass::kGrantDead;
  if (dead) {
    const int grant = GrantOf(request.key);
    Wrote(by, request.key, Write::Kind::kDeath, request.attempt, 0, TokenNow(grant));
  }
  return answer;
}

PutGrantAnswer StoreServer::PutGrant(const Process& by, const PutGrantRequest& request) {
  PutGrantAnswer answer = Execute(store_.PutGrant(request));
  if (answer.outcome == Put::kStored) {
    const Write::Kind kind = KindOf(request.kind);
    const bool ends = kind == Write::Kind::kRevoke || kind == Write::Kind::kDelete;
    const int token = ends ? -1 : NumberIn(request.record.refresh_token);
    Wrote(by, request.record.key, kind, request.attempt, answer.generation, token);
    NoteWhen(by, request.not_after);
  }
  const bool stored = answer.outcome == Put::kStored || answer.outcome == Put::kAlready;
  if (stored && history_.durable && lagging_) {
    Unacknowledged(request.attempt);
    answer.outcome = Put::kUnavailable;
    answer.unreplicated = true;
  }
  return answer;
}

BeginExchangeAnswer StoreServer::BeginExchange(const Process& by,
                                               const BeginExchangeRequest& request) {
  BeginExchangeAnswer answer = Execute(store_.BeginExchange(request));
  const bool go = answer.outcome == BeginExchangeAnswer::Outcome::kGo;
  if (go) NoteWhen(by, request.not_after);
  return go && history_.durable && lagging_ ? BeginExchangeAnswer() : answer;
}

FinishExchangeAnswer StoreServer::FinishExchange(const Process& by,
                                                 const FinishExchangeRequest& request) {
  using Finished = FinishExchangeAnswer::Outcome;
  FinishExchangeAnswer answer = Execute(store_.FinishExchange(request));
  if (answer.outcome == Finished::kStored && request.record) {
    const GrantKey& key = request.record->key;
    const int token =
        request.expected != 0 ? TokenNow(GrantOf(key)) : NumberIn(request.record->refresh_token);
    Write& write = Wrote(by, key, Write::Kind::kLogin, request.attempt, answer.generation, token);
    if (request.expected != 0) write.access_expires = DeathOf(*request.record);
  }
  const bool stored = answer.outcome == Finished::kStored || answer.outcome == Finished::kAlready;
  if (stored && request.record && history_.durable && lagging_) {
    Unacknowledged(request.attempt);
    return FinishExchangeAnswer();
  }
  return answer;
}

void StoreServer::NoteBrought(const Process& by, const FinishExchangeRequest& request) {
  if (!request.record || request.expected != 0) return;
  const int token = NumberIn(request.record->refresh_token);
  const auto known = [token](const Brought& b) { return b.token == token; };
  const auto& brought = history_.brought;
  if (token < 0 || std::any_of(brought.begin(), brought.end(), known)) return;
  history_.brought.push_back({token, by, scheduler_.Now()});
}

int StoreServer::TokenNow(int grant) const {
  for (auto w = history_.writes.rbegin(); w != history_.writes.rend(); ++w) {
    if (w->grant == grant && w->undone == kNever) return w->token;
  }
  return -1;
}

absl::optional<SteadyTime> StoreServer::DeathOf(const Grant& grant) {
  if (!grant.expires_at) return absl::nullopt;
  return scheduler_.Now() + (*grant.expires_at - wall_.TimeNow());
}

void StoreServer::Unacknowledged(const Attempt& attempt) {
  for (Write& write : history_.writes) {
    if (write.attempt == attempt && write.undone == kNever) write.acknowledged = false;
  }
}

void StoreServer::NoteWhen(const Process& by, SteadyTime not_after) {
  if (scheduler_.Now() > not_after) history_.late.push_back({by, scheduler_.Now(), not_after});
}

Write& StoreServer::Wrote(const Process& by, const GrantKey& key, Write::Kind kind,
                          const Attempt& attempt, int64_t generation, int token) {
  Write write;
  write.grant = GrantOf(key);
  write.kind = kind;
  write.generation = generation;
  write.token = token;
  write.by = by;
  write.attempt = attempt;
  write.at = scheduler_.Now();
  history_.writes.push_back(write);
  return history_.writes.back();
}

void StoreServer::OnChange(const Change& change) {
  for (auto& [replica, heard] : listeners_) heard(change);
}

void StoreServer::BeginLag() {
  if (lagging_ || away_) return;
  lagging_ = true;
  lag_since_ = scheduler_.Now();
  for (int g = 0; g < kGrants; ++g) store_.faults().Remember(KeyOf(g), wall_.TimeNow());
  store_.RememberLogins();
}

void StoreServer::Crash() {
  if (!lagging_) return;
  lagging_ = false;
  away_ = true;
  for (int g = 0; g < kGrants; ++g) store_.faults().Rollback(KeyOf(g));
  store_.RollBackLogins();
  for (Write& write : history_.writes) {
    if (write.at >= lag_since_ && write.undone == kNever) write.undone = scheduler_.Now();
  }
}

void StoreServer::Recover() {
  away_ = false;
  store_.faults().BeginSettling();
  scheduler_.After(kLease, [this, server = ++servers_] {
    if (server == servers_) store_.faults().EndSettling();
  });
}

}  // namespace tokenbroker::simulation

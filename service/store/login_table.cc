#include "store/login_table.h"

#include "crypto/digest.h"

namespace tokenbroker {
namespace {

constexpr int kDropsPerCall = 8;

using Begun = BeginExchangeAnswer::Outcome;
using Finished = FinishExchangeAnswer::Outcome;

void AddPresentGrant(MemoryScript& script, const GrantKey& key, Boxed<Grant>* grant) {
  const RefreshRecord* record = script.grants.Find(key, script.time);
  if (record != nullptr) *grant = record->grant;
}

// Stores the grant that the login brought, if it may still be stored.
FinishExchangeAnswer StoreGrant(MemoryScript& script, const FinishExchangeRequest& request) {
  FinishExchangeAnswer answer;
  const GrantKey& key = request.record->key;
  const RefreshRecord* present = script.grants.Find(key, script.time);
  if (present != nullptr && present->put_attempt == request.attempt) {
    answer.outcome = Finished::kAlready;
    answer.generation = present->grant.generation;
    return answer;
  }
  const int64_t seen = present == nullptr ? 0 : present->grant.login_generation;
  PutGrantAnswer put;
  put.outcome = PutGrantAnswer::Outcome::kLost;
  if (seen == request.seen_login_generation) {
    put = StoreLogin(script, LoginWrite{request.attempt, request.generation, request.expected,
                                        *request.record, request.replay});
  }
  answer.generation = put.generation;
  switch (put.outcome) {
    case PutGrantAnswer::Outcome::kStored:
      answer.outcome = Finished::kStored;
      break;
    case PutGrantAnswer::Outcome::kRenumber:
      answer.outcome = Finished::kRenumber;
      break;
    case PutGrantAnswer::Outcome::kSettling:
      answer.outcome = Finished::kSettling;
      break;
    default:
      answer.outcome = Finished::kReload;
      AddPresentGrant(script, key, &answer.grant);
      break;
  }
  return answer;
}

}  // namespace

CreateLoginAnswer LoginTable::Create(const MemoryScript& script, const std::string& state,
                                     const Login& login) {
  DropSomeEnded(script.time);
  CreateLoginAnswer answer;
  answer.outcome = CreateLoginAnswer::Outcome::kStored;
  // A repetition: the login may have gone on since.
  if (Find(state, script.time) != nullptr) return answer;
  const std::string hash = Sha256(state);
  Entry entry;
  entry.login = login;
  entry.login.created_at = InMilliseconds(login.created_at);
  entry.end = script.time + kLoginLife;
  ends_.emplace(entry.end, hash);
  entries_.emplace(hash, std::move(entry));
  return answer;
}

BeginExchangeAnswer LoginTable::Peek(const MemoryScript& script, const std::string& state) {
  BeginExchangeAnswer answer;
  const Entry* entry = Find(state, script.time);
  answer.outcome = entry == nullptr ? Begun::kNotFound : Begun::kGo;
  if (entry != nullptr) answer.login = entry->login;
  return answer;
}

Begun LoginTable::Judge(const Entry* entry, const BeginExchangeRequest& request,
                        const MemoryScript& script) {
  if (script.steady > request.not_after) return Begun::kExpired;
  if (entry == nullptr) return Begun::kNotFound;
  if (entry->login.caller != request.caller) return Begun::kWrongCaller;
  if (entry->phase == Phase::kPending) {
    return entry->ended_attempt == request.attempt ? Begun::kExpired : Begun::kGo;
  }
  if (entry->code_hash != request.code_hash) return Begun::kOtherCode;
  if (entry->phase == Phase::kDone) return Begun::kDone;
  if (entry->attempt == request.attempt) return Begun::kGo;
  return entry->until > script.time ? Begun::kBusy : Begun::kOutcomeUnknown;
}

BeginExchangeAnswer LoginTable::Begin(MemoryScript& script, const BeginExchangeRequest& request) {
  BeginExchangeAnswer answer;
  Entry* entry = Find(request.state, script.time);
  answer.outcome = Judge(entry, request, script);
  if (answer.outcome == Begun::kGo) {
    entry->phase = Phase::kExchanging;
    entry->attempt = request.attempt;
    entry->code_hash = request.code_hash;
    entry->until = InMilliseconds(script.time + request.patience);
    AddPresentGrant(script, entry->login.key, &answer.grant);
  }
  if (answer.outcome == Begun::kGo || answer.outcome == Begun::kDone) {
    answer.login = entry->login;
    answer.login_outcome = entry->outcome;
  }
  if (answer.outcome == Begun::kGo || answer.outcome == Begun::kBusy) answer.until = entry->until;
  return answer;
}

FinishExchangeAnswer LoginTable::Finish(MemoryScript& script,
                                        const FinishExchangeRequest& request) {
  FinishExchangeAnswer answer;
  answer.generation = request.outcome.generation;
  Entry* entry = Find(request.state, script.time);
  const bool ours = entry != nullptr && entry->attempt == request.attempt;
  if (ours && entry->phase != Phase::kExchanging) {
    answer.outcome = Finished::kAlready;
    answer.generation = entry->outcome.generation;
    return answer;
  }
  if (request.outcome.kind == LoginOutcome::Kind::kGrant && request.record) {
    // Also when the login has expired or was taken over: the provider gave these tokens.
    answer = StoreGrant(script, request);
    if (answer.outcome != Finished::kStored && answer.outcome != Finished::kAlready) return answer;
  } else {
    answer.outcome = ours ? Finished::kStored : Finished::kAlready;
  }
  if (!ours) return answer;
  if (request.outcome.kind == LoginOutcome::Kind::kNotSent) {
    entry->phase = Phase::kPending;
    entry->ended_attempt = request.attempt;
    return answer;
  }
  LoginOutcome outcome = request.outcome;
  if (request.record) outcome.generation = answer.generation;
  SetDone(*entry, outcome);
  return answer;
}

void LoginTable::SetDone(Entry& entry, const LoginOutcome& outcome) {
  entry.phase = Phase::kDone;
  entry.outcome = outcome;
  entry.login.code_verifier = Secret();
  entry.login.nonce = Secret();
}

LoginTable::Entry* LoginTable::Find(const std::string& state, absl::Time now) {
  const auto found = entries_.find(Sha256(state));
  return found == entries_.end() || found->second.end <= now ? nullptr : &found->second;
}

void LoginTable::DropSomeEnded(absl::Time now) {
  for (int i = 0; i < kDropsPerCall && !ends_.empty(); ++i) {
    if (ends_.begin()->first > now) return;
    entries_.erase(ends_.begin()->second);
    ends_.erase(ends_.begin());
  }
}

}  // namespace tokenbroker

#include "store/redis_logins.h"

#include <absl/strings/escaping.h>
#include <absl/strings/str_cat.h>

#include <utility>

#include "base/log.h"
#include "base/status_macros.h"
#include "crypto/digest.h"
#include "store/answer_words.h"
#include "store/sealed_login.h"

namespace tokenbroker {
namespace {

using Created = CreateLoginAnswer::Outcome;
using Begun = BeginExchangeAnswer::Outcome;
using Finished = FinishExchangeAnswer::Outcome;

constexpr AnswerWord<Created> kCreatedWords[] = {{"STORED", Created::kStored}};
constexpr AnswerWord<Begun> kBegunWords[] = {{"GO", Begun::kGo},
                                             {"EXPIRED", Begun::kExpired},
                                             {"NOT_FOUND", Begun::kNotFound},
                                             {"WRONG_CALLER", Begun::kWrongCaller},
                                             {"OTHER_CODE", Begun::kOtherCode},
                                             {"BUSY", Begun::kBusy},
                                             {"DONE", Begun::kDone},
                                             {"OUTCOME_UNKNOWN", Begun::kOutcomeUnknown}};
constexpr AnswerWord<Finished> kFinishedWords[] = {{"STORED", Finished::kStored},
                                                   {"ALREADY", Finished::kAlready},
                                                   {"RELOAD", Finished::kReload},
                                                   {"RENUMBER", Finished::kRenumber},
                                                   {"SETTLING", Finished::kSettling}};

std::string OutcomeName(LoginOutcome::Kind kind) {
  switch (kind) {
    case LoginOutcome::Kind::kNotSent:
      return "not_sent";
    case LoginOutcome::Kind::kGrant:
      return "grant";
    case LoginOutcome::Kind::kRefused:
      return "refused";
  }
  return "";
}

}  // namespace

std::string RedisLogins::StatePrefix(const GrantKey& key) const {
  return StatePrefixOf(ShardOf(key, parts_.link.shards()));
}

int RedisLogins::ShardFor(const std::string& state) const {
  return ShardOfState(state, parts_.link.shards()).value_or(0);
}

absl::StatusOr<std::string> RedisLogins::SealLogin(const std::string& state,
                                                   const Login& login) const {
  const Secret plain = SerializeLogin(login);
  return parts_.sealer.SealBytes(plain, LoginAssociatedData(Sha256(state)));
}

Task<CreateLoginAnswer> RedisLogins::Create(std::string state, Login login) {
  const std::string missing = co_await parts_.link.Learn();
  if (!missing.empty()) co_return AnswerWithoutStore<CreateLoginAnswer>(missing);
  const int shard = ShardFor(state);
  if (parts_.memory.Refuses(MemoryWatch::What::kLogin, shard)) co_return CreateLoginAnswer();
  const auto sealed = SealLogin(state, login);
  // What is kept when the login is done: the secrets are used up by then.
  login.code_verifier = Secret();
  login.nonce = Secret();
  const auto sealed_rest = SealLogin(state, login);
  if (!sealed.ok() || !sealed_rest.ok()) co_return CreateLoginAnswer();
  const int grant_shard = ShardOf(login.key, parts_.link.shards());
  // The state was made before the store's shards were known: the next one will be right.
  if (grant_shard != shard) co_return CreateLoginAnswer();
  ShardCall call{&parts_.link.scripts().create_login,
                 shard,
                 {LoginKey(shard, state)},
                 {"caller", login.caller, "grant", GrantRedisKey(grant_shard, login.key), "sealed",
                  *sealed, "sealed_rest", *sealed_rest}};
  const ScriptAnswer said = co_await parts_.link.Run(std::move(call));
  co_return StartAnswer<CreateLoginAnswer>(said, kCreatedWords);
}

Task<BeginExchangeAnswer> RedisLogins::Peek(std::string state) {
  const std::string missing = co_await parts_.link.Learn();
  if (!missing.empty()) co_return AnswerWithoutStore<BeginExchangeAnswer>(missing);
  const int shard = ShardFor(state);
  ShardCall call{&parts_.link.scripts().peek_login, shard, {LoginKey(shard, state)}, {}};
  const ScriptAnswer said = co_await parts_.link.Run(std::move(call));
  BeginExchangeAnswer answer = StartAnswer<BeginExchangeAnswer>(said, kBegunWords);
  if (!Open(state, said, &answer).ok()) co_return BeginExchangeAnswer();
  co_return answer;
}

Task<BeginExchangeAnswer> RedisLogins::Begin(BeginExchangeRequest request) {
  const std::string missing = co_await parts_.link.Learn();
  if (!missing.empty()) co_return AnswerWithoutStore<BeginExchangeAnswer>(missing);
  const int shard = ShardFor(request.state);
  if (parts_.memory.Refuses(MemoryWatch::What::kNewGrant, shard)) co_return BeginExchangeAnswer();
  const auto not_after = co_await parts_.link.InStoreTime(shard, request.not_after);
  if (!not_after.ok()) co_return BeginExchangeAnswer();
  ShardCall call{&parts_.link.scripts().begin_exchange,
                 shard,
                 {LoginKey(shard, request.state)},
                 {request.attempt, absl::BytesToHexString(request.code_hash), request.caller,
                  absl::StrCat(absl::ToInt64Milliseconds(request.patience)), *not_after}};
  const ScriptAnswer said = co_await parts_.link.Run(std::move(call));
  BeginExchangeAnswer answer = StartAnswer<BeginExchangeAnswer>(said, kBegunWords);
  answer.until = said.values.TimeOrEpoch("until");
  const bool opened = Open(request.state, said, &answer).ok();
  if (answer.outcome != Begun::kGo) co_return opened ? answer : BeginExchangeAnswer();
  if (!opened) {
    co_await GiveBack(std::move(request.state), std::move(request.attempt));
    co_return BeginExchangeAnswer();
  }
  // A failover that forgets it would let the code be presented again.
  const bool confirmed = co_await parts_.replicas.Confirm(shard);
  co_return confirmed ? answer : BeginExchangeAnswer();
}

absl::Status RedisLogins::Open(const std::string& state, const ScriptAnswer& said,
                               BeginExchangeAnswer* answer) const {
  if (said.records.empty()) return absl::OkStatus();
  const RecordFields& record = said.records[0];
  const std::string hash = Sha256(state);
  const auto unreadable = [](const absl::Status& why) {
    Log(LogLevel::kError, "login_unreadable",
        {{"why", std::string(why.message().data(), why.message().size())}});
    return why;
  };
  const auto sealed = parts_.sealer.OpenBytes(record.Text("sealed"), LoginAssociatedData(hash));
  if (!sealed.ok()) return unreadable(sealed.status());
  TB_ASSIGN_OR_RETURN(answer->login, ParseLogin(sealed->Expose()));
  if (record.Has("sealed_outcome")) {
    const auto outcome =
        parts_.sealer.OpenBytes(record.Text("sealed_outcome"), OutcomeAssociatedData(hash));
    if (!outcome.ok()) return unreadable(outcome.status());
    TB_ASSIGN_OR_RETURN(answer->login_outcome, ParseOutcome(outcome->Expose()));
    answer->login_outcome.generation = record.Number("outcome_gen");
  }
  if (said.records.size() < 2 || said.records[1].empty()) return absl::OkStatus();
  auto grant = parts_.sealer.Open(answer->login->key, said.records[1]);
  // Without its account nobody can say whether the login is the same user's.
  if (!grant.ok()) return unreadable(grant.status());
  answer->grant = std::move(grant->grant);
  return absl::OkStatus();
}

Task<void> RedisLogins::GiveBack(std::string state, Attempt attempt) {
  FinishExchangeRequest request;
  request.state = std::move(state);
  request.attempt = std::move(attempt);
  co_await Finish(std::move(request));
}

Task<FinishExchangeAnswer> RedisLogins::Finish(FinishExchangeRequest request) {
  const std::string missing = co_await parts_.link.Learn();
  if (!missing.empty()) co_return AnswerWithoutStore<FinishExchangeAnswer>(missing);
  const int shard = ShardFor(request.state);
  const bool brings_grant =
      request.outcome.kind == LoginOutcome::Kind::kGrant && request.record.has_value();
  ShardCall call{
      &parts_.link.scripts().finish_exchange, shard, {LoginKey(shard, request.state)}, {}};
  GrantKey key;
  LoginChanges changes;
  if (brings_grant) {
    key = request.record->key;
    auto sealed =
        co_await puts_.Seal(*std::move(request.record), request.generation, request.expected);
    if (!sealed.ok()) co_return FinishExchangeAnswer();
    changes = *std::move(sealed);
    for (std::string& name : RedisPuts::Keys(shard, key)) call.keys.push_back(std::move(name));
  }
  const Secret outcome = SerializeOutcome(request.outcome);
  const auto sealed_outcome =
      parts_.sealer.SealBytes(outcome, OutcomeAssociatedData(Sha256(request.state)));
  if (!sealed_outcome.ok()) co_return FinishExchangeAnswer();
  const int64_t generation = brings_grant ? request.generation : request.outcome.generation;
  call.arguments = {request.attempt,
                    OutcomeName(request.outcome.kind),
                    absl::StrCat(generation),
                    absl::StrCat(request.seen_login_generation),
                    absl::StrCat(changes.expected),
                    *sealed_outcome,
                    request.replay == Replay::kHarmless ? "harmless" : ""};
  call.arguments.insert(call.arguments.end(), changes.fields.begin(), changes.fields.end());
  const ScriptAnswer said = co_await parts_.link.Run(std::move(call));
  FinishExchangeAnswer answer = StartAnswer<FinishExchangeAnswer>(said, kFinishedWords);
  answer.generation = said.values.Number("generation");
  if (!said.records.empty()) {
    auto present = parts_.sealer.Open(key, said.records.front());
    if (!present.ok()) co_return FinishExchangeAnswer();
    answer.grant = std::move(present->grant);
  }
  const bool stored = answer.outcome == Finished::kStored || answer.outcome == Finished::kAlready;
  if (!stored || !brings_grant) co_return answer;
  const bool confirmed = co_await parts_.replicas.Confirm(shard);
  if (!confirmed) co_return FinishExchangeAnswer();
  co_return answer;
}

}  // namespace tokenbroker

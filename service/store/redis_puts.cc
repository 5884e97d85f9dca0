#include "store/redis_puts.h"

#include <absl/strings/str_cat.h>

#include <utility>

#include "base/status_macros.h"
#include "store/answer_words.h"

namespace tokenbroker {
namespace {

using Outcome = PutGrantAnswer::Outcome;

constexpr AnswerWord<Outcome> kWords[] = {
    {"STORED", Outcome::kStored},     {"ALREADY", Outcome::kAlready},
    {"RENUMBER", Outcome::kRenumber}, {"LOST", Outcome::kLost},
    {"SETTLING", Outcome::kSettling}, {"EXPIRED", Outcome::kExpired}};

std::string KindName(PutKind kind) {
  switch (kind) {
    case PutKind::kLogin:
      return "login";
    case PutKind::kImport:
      return "import";
    case PutKind::kRestore:
      return "restore";
    case PutKind::kRevoke:
      return "revoke";
    case PutKind::kDelete:
      return "delete";
  }
  return "";
}

}  // namespace

std::vector<std::string> RedisPuts::Keys(int shard, const GrantKey& key) {
  return {GrantRedisKey(shard, key), DueKey(shard, key.provider), ProvidersKey(shard)};
}

Task<absl::StatusOr<LoginChanges>> RedisPuts::Seal(Grant grant, int64_t generation,
                                                   int64_t expected) {
  LoginChanges changes;
  if (expected != 0) {
    const int shard = ShardOf(grant.key, parts_.link.shards());
    ShardCall call{&parts_.link.scripts().load, shard, {GrantRedisKey(shard, grant.key)}, {"all"}};
    const ScriptAnswer said = co_await parts_.link.Run(std::move(call));
    if (said.outcome == kUnavailableOutcome) co_return absl::UnavailableError("not loaded");
    changes.expected = -1;
    if (!said.records.empty()) {
      TB_CO_ASSIGN_OR_RETURN(const OpenedGrant opened,
                             parts_.sealer.Open(grant.key, said.records.front()));
      if (opened.grant.refresh_token_generation == expected && opened.grant.refreshable()) {
        grant.refresh_token = opened.grant.refresh_token;
        changes.expected = expected;
      }
    }
  }
  TB_CO_ASSIGN_OR_RETURN(changes.fields, parts_.sealer.Whole(grant, generation));
  co_return changes;
}

Task<FieldChanges> RedisPuts::SealRest(PutGrantRequest* request) {
  const GrantKey& key = request->record.key;
  const int shard = ShardOf(key, parts_.link.shards());
  ShardCall call{&parts_.link.scripts().load, shard, {GrantRedisKey(shard, key)}, {}};
  const ScriptAnswer said = co_await parts_.link.Run(std::move(call));
  if (said.records.empty() || !said.records.front().Has("sealed")) co_return FieldChanges();
  auto opened = parts_.sealer.Open(key, said.records.front());
  if (!opened.ok()) co_return FieldChanges();
  Grant& rest = opened->grant;
  rest.access_token = Secret();
  rest.refresh_token = Secret();
  auto sealed = parts_.sealer.Sealed(rest, rest.generation);
  if (!sealed.ok()) co_return FieldChanges();
  request->generation = rest.generation;
  co_return *std::move(sealed);
}

Task<PutGrantAnswer> RedisPuts::Put(PutGrantRequest request) {
  const std::string missing = co_await parts_.link.Learn();
  if (!missing.empty()) co_return AnswerWithoutStore<PutGrantAnswer>(missing);
  const GrantKey key = request.record.key;
  const int shard = ShardOf(key, parts_.link.shards());
  if (request.kind == PutKind::kImport &&
      parts_.memory.Refuses(MemoryWatch::What::kNewGrant, shard)) {
    co_return PutGrantAnswer();
  }
  const auto not_after = co_await parts_.link.InStoreTime(shard, request.not_after);
  if (!not_after.ok()) co_return PutGrantAnswer();
  LoginChanges changes;
  if (request.kind == PutKind::kRevoke) {
    changes.fields = co_await SealRest(&request);
  } else if (request.kind != PutKind::kDelete) {
    const bool login = request.kind != PutKind::kRestore;
    const int64_t expected = login ? request.expected : 0;
    auto sealed = co_await Seal(std::move(request.record), request.generation, expected);
    if (!sealed.ok()) co_return PutGrantAnswer();
    changes = *std::move(sealed);
  }
  ShardCall call{&parts_.link.scripts().put_grant,
                 shard,
                 Keys(shard, key),
                 {KindName(request.kind), request.attempt, absl::StrCat(request.generation),
                  absl::StrCat(changes.expected), *not_after}};
  call.arguments.insert(call.arguments.end(), changes.fields.begin(), changes.fields.end());
  const ScriptAnswer said = co_await parts_.link.Run(std::move(call));
  PutGrantAnswer answer = StartAnswer<PutGrantAnswer>(said, kWords);
  answer.generation = said.values.Number("generation");
  if (answer.outcome != Outcome::kStored && answer.outcome != Outcome::kAlready) co_return answer;
  if (!said.records.empty()) {
    auto opened = parts_.sealer.Open(key, said.records.front());
    answer.replaced =
        opened.ok() ? std::move(opened->grant) : GrantSealer::Plain(key, said.records.front());
  }
  const bool confirmed = co_await parts_.replicas.Confirm(shard);
  if (!confirmed) {
    answer.outcome = Outcome::kUnavailable;
    answer.unreplicated = true;
  }
  co_return answer;
}

}  // namespace tokenbroker

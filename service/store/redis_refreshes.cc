#include "store/redis_refreshes.h"

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/log.h"
#include "store/answer_words.h"
#include "store/sealed_grant.h"

namespace tokenbroker {
namespace {

using Begun = BeginRefreshAnswer::Outcome;
using Renewed = RenewAnswer::Outcome;
using Committed = CommitAnswer::Outcome;
using Failed = FailAnswer::Outcome;

constexpr AnswerWord<Begun> kBegunWords[] = {
    {"GO", Begun::kGo},           {"SETTLING", Begun::kSettling},
    {"EXPIRED", Begun::kExpired}, {"UNREADABLE", Begun::kUnreadable},
    {"GONE", Begun::kGone},       {"STATE", Begun::kState},
    {"NEWER", Begun::kNewer},     {"OLDER", Begun::kOlder},
    {"BACKOFF", Begun::kBackoff}, {"BUSY", Begun::kBusy},
    {"UNKNOWN", Begun::kUnknown}};
constexpr AnswerWord<Renewed> kRenewedWords[] = {{"OK", Renewed::kOk},
                                                 {"EXPIRED", Renewed::kExpired},
                                                 {"TAKEN", Renewed::kTaken},
                                                 {"ENDED", Renewed::kEnded},
                                                 {"GONE", Renewed::kGone}};
constexpr AnswerWord<Committed> kCommittedWords[] = {
    {"STORED", Committed::kStored},   {"ALREADY", Committed::kAlready},
    {"GONE", Committed::kGone},       {"OLDER", Committed::kOlder},
    {"REVOKED", Committed::kRevoked}, {"DELETED", Committed::kDeleted},
    {"LOST", Committed::kLost},       {"RENUMBER", Committed::kRenumber}};
constexpr AnswerWord<Failed> kFailedWords[] = {{"OK", Failed::kOk},
                                               {"GONE", Failed::kGone},
                                               {"NOT_YOURS", Failed::kNotYours},
                                               {"NEWER", Failed::kNewer}};

// Below this a begin that no replica confirmed is sent all the same: the token in hand is over.
constexpr absl::Duration kNoTimeLeft = absl::Seconds(60);

std::string DespiteName(Despite::What what) {
  switch (what) {
    case Despite::What::kNothing:
      return "";
    case Despite::What::kUnknownAttempt:
      return "unknown";
    case Despite::What::kRollback:
      return "rollback";
    case Despite::What::kState:
      return "state";
  }
  return "";
}

std::string DemandName(Demand demand) { return demand == Demand::kCaller ? "caller" : ""; }

std::string DeliveryName(Delivery delivery) {
  switch (delivery) {
    case Delivery::kNotSent:
      return "not_sent";
    case Delivery::kAnswered:
      return "answered";
    case Delivery::kLostAnswer:
      return "lost_answer";
  }
  return "";
}

void LogUnreadable(const GrantKey& key, const absl::Status& why) {
  Log(LogLevel::kError, "grant_unreadable",
      {{"tenant", key.tenant},
       {"provider", key.provider},
       {"why", std::string(why.message().data(), why.message().size())}});
}

}  // namespace

RedisRefreshes::RedisRefreshes(RedisParts parts)
    : parts_(parts),
      unreplicated_begins_(parts.link.metrics().Counter(
          "tokenbroker_store_unreplicated_begins_total",
          "Refreshes sent though no replica knew of them, because the token was at its end.")) {}

Task<LoadAnswer> RedisRefreshes::Load(GrantKey key) {
  using Outcome = LoadAnswer::Outcome;
  const std::string missing = co_await parts_.link.Learn();
  if (!missing.empty()) co_return AnswerWithoutStore<LoadAnswer>(missing);
  const int shard = ShardOf(key, parts_.link.shards());
  ShardCall call{&parts_.link.scripts().load, shard, Words(GrantRedisKey(shard, key)),
                 Words("all")};
  const ScriptAnswer said = co_await parts_.link.Run(std::move(call));
  constexpr AnswerWord<Outcome> kWords[] = {{"OK", Outcome::kNotFound}};
  LoadAnswer answer = StartAnswer<LoadAnswer>(said, kWords);
  if (answer.outcome != Outcome::kNotFound || said.records.front().empty()) co_return answer;
  if (said.records.front().Text("state") == "deleted") {
    answer.deleted_generation = said.records.front().Number("gen");
    co_return answer;
  }
  absl::StatusOr<OpenedGrant> opened = parts_.sealer.Open(key, said.records.front());
  if (!opened.ok()) {
    // It is there, and we cannot say what it is.
    LogUnreadable(key, opened.status());
    answer.outcome = Outcome::kUnavailable;
    co_return answer;
  }
  answer.outcome = Outcome::kFound;
  answer.grant = std::move(opened->grant);
  co_return answer;
}

Task<BeginRefreshAnswer> RedisRefreshes::Begin(BeginRefreshRequest request) {
  const std::string missing = co_await parts_.link.Learn();
  if (!missing.empty()) co_return AnswerWithoutStore<BeginRefreshAnswer>(missing);
  const int shard = ShardOf(request.key, parts_.link.shards());
  if (parts_.memory.Refuses(MemoryWatch::What::kRefresh, shard)) co_return BeginRefreshAnswer();
  const auto not_after = co_await parts_.link.InStoreTime(shard, request.not_after);
  if (!not_after.ok()) co_return BeginRefreshAnswer();
  ShardCall call{
      &parts_.link.scripts().begin_refresh, shard, Words(GrantRedisKey(shard, request.key)),
      Words(absl::StrCat(request.known_generation), request.attempt, *not_after,
            parts_.sealer.ReadableIds(), request.replay == Replay::kHarmless ? "harmless" : "",
            DespiteName(request.despite.what), request.despite.attempt,
            DemandName(request.demand))};
  const ScriptAnswer said = co_await parts_.link.Run(std::move(call));
  BeginRefreshAnswer answer = StartAnswer<BeginRefreshAnswer>(said, kBegunWords);
  answer.next = said.values.Number("next");
  answer.until = said.values.TimeOrEpoch("until");
  answer.backoff_class = ErrorClassFromName(said.values.Text("class"));
  answer.unknown_attempt = std::string(said.values.Text("attempt"));
  answer.intent_at = said.values.TimeOrEpoch("intent_at");
  answer.begun_at = said.values.TimeOrEpoch("begun_at");
  if (answer.outcome == Begun::kUnreadable) {
    LogUnreadable(request.key, absl::NotFoundError("sealed with a key that is not in the keyring"));
  }
  if (said.records.empty()) co_return answer;
  absl::StatusOr<OpenedGrant> opened = parts_.sealer.Open(request.key, said.records.front());
  if (!opened.ok()) {
    LogUnreadable(request.key, opened.status());
    const int64_t parent = said.records.front().Number("rt_gen");
    const bool begun = answer.outcome == Begun::kGo;
    answer = BeginRefreshAnswer();
    answer.outcome = Begun::kUnreadable;
    answer.time = said.time;
    if (begun) co_await Release(std::move(request), parent);
    co_return answer;
  }
  answer.grant = std::move(opened->grant);
  if (answer.outcome != Begun::kGo) co_return answer;
  carried_.Keep(request.attempt, std::move(opened->sealed));
  if (request.replay == Replay::kHarmless) co_return answer;
  co_return co_await Secure(std::move(request), std::move(answer));
}

Task<BeginRefreshAnswer> RedisRefreshes::Secure(BeginRefreshRequest request,
                                                BeginRefreshAnswer answer) {
  const int shard = ShardOf(request.key, parts_.link.shards());
  const bool confirmed = co_await parts_.replicas.Confirm(shard);
  if (confirmed) co_return answer;
  const absl::optional<absl::Time> expires_at = answer.grant->expires_at;
  if (expires_at && *expires_at < answer.time.store_time + kNoTimeLeft) {
    unreplicated_begins_.Increment();
    co_return answer;
  }
  const int64_t parent = answer.grant->refresh_token_generation;
  co_await Release(std::move(request), parent);
  co_return BeginRefreshAnswer();
}

Task<void> RedisRefreshes::Release(BeginRefreshRequest request, int64_t parent) {
  FailRequest release;
  release.key = std::move(request.key);
  release.attempt = std::move(request.attempt);
  release.parent = parent;
  release.outcome = Delivery::kNotSent;
  co_await Fail(std::move(release));
}

Task<RenewAnswer> RedisRefreshes::Renew(RenewRequest request) {
  const std::string missing = co_await parts_.link.Learn();
  if (!missing.empty()) co_return AnswerWithoutStore<RenewAnswer>(missing);
  const int shard = ShardOf(request.key, parts_.link.shards());
  const auto not_after = co_await parts_.link.InStoreTime(shard, request.not_after);
  if (!not_after.ok()) co_return RenewAnswer();
  ShardCall call{&parts_.link.scripts().renew,
                 shard,
                 {GrantRedisKey(shard, request.key)},
                 {request.attempt, absl::StrCat(request.parent), absl::StrCat(request.next),
                  MillisText(request.intent_at), MillisText(request.begun_at), *not_after}};
  const ScriptAnswer said = co_await parts_.link.Run(std::move(call));
  RenewAnswer answer = StartAnswer<RenewAnswer>(said, kRenewedWords);
  answer.until = said.values.TimeOrEpoch("until");
  co_return answer;
}

Task<absl::StatusOr<Secret>> RedisRefreshes::Previous(CommitRequest* request) {
  absl::optional<Secret> carried = carried_.Of(request->attempt);
  Grant* record = &request->record;
  const bool keeps_unnamed_token =
      request->rotated == Rotated::kNo && record->refresh_token.empty();
  if (carried && !keeps_unnamed_token) co_return *std::move(carried);

  // A commit of another replica's, or after a restart: what it succeeds is looked at first.
  const int shard = ShardOf(record->key, parts_.link.shards());
  ShardCall call{&parts_.link.scripts().load, shard, {GrantRedisKey(shard, record->key)}, {"all"}};
  const ScriptAnswer said = co_await parts_.link.Run(std::move(call));
  if (said.outcome == kUnavailableOutcome) co_return absl::UnavailableError("not loaded");
  Secret previous;
  if (!said.records.empty()) {
    absl::StatusOr<OpenedGrant> opened = parts_.sealer.Open(record->key, said.records.front());
    const bool ours = opened.ok() && opened->grant.refresh_token_generation == request->parent;
    if (ours && keeps_unnamed_token) record->refresh_token = opened->grant.refresh_token;
    if (ours) previous = std::move(opened->sealed);
  }
  co_return previous;
}

Task<CommitAnswer> RedisRefreshes::Commit(CommitRequest request) {
  const std::string missing = co_await parts_.link.Learn();
  if (!missing.empty()) co_return AnswerWithoutStore<CommitAnswer>(missing);
  const auto previous = co_await Previous(&request);
  if (!previous.ok()) co_return CommitAnswer();
  Grant& record = request.record;
  if (record.state == GrantState::kActive) record.last_error.clear();
  absl::StatusOr<FieldChanges> changes = parts_.sealer.Refreshed(record, request.next, *previous);
  if (!changes.ok()) co_return CommitAnswer();
  // Without the token that it keeps it must not be stored, come what may.
  const bool rotated = request.rotated == Rotated::kYes;
  const int64_t parent = rotated || record.refreshable() ? request.parent : -1;
  const int shard = ShardOf(record.key, parts_.link.shards());
  ShardCall call{&parts_.link.scripts().commit, shard,
                 Words(GrantRedisKey(shard, record.key), DueKey(shard, record.key.provider)),
                 Words(request.attempt, absl::StrCat(parent), absl::StrCat(request.next),
                       rotated ? "rotated" : "", DemandName(request.demand))};
  call.arguments.reserve(call.arguments.size() + changes->size() + 1);
  std::move(changes->begin(), changes->end(), std::back_inserter(call.arguments));
  const ScriptAnswer said = co_await parts_.link.Run(std::move(call));
  CommitAnswer answer = StartAnswer<CommitAnswer>(said, kCommittedWords);
  answer.generation = said.values.Number("generation");
  const bool stored = answer.outcome == Committed::kStored || answer.outcome == Committed::kAlready;
  if (!stored || request.replay == Replay::kHarmless) co_return answer;
  const bool confirmed = co_await parts_.replicas.Confirm(shard);
  if (!confirmed) {
    answer.outcome = Committed::kUnavailable;
    answer.unreplicated = true;
  }
  co_return answer;
}

Task<FailAnswer> RedisRefreshes::Fail(FailRequest request) {
  const std::string missing = co_await parts_.link.Learn();
  if (!missing.empty()) co_return AnswerWithoutStore<FailAnswer>(missing);
  const int shard = ShardOf(request.key, parts_.link.shards());
  ShardCall call{
      &parts_.link.scripts().fail,
      shard,
      {GrantRedisKey(shard, request.key), DueKey(shard, request.key.provider)},
      {request.attempt, absl::StrCat(request.parent), DeliveryName(request.outcome),
       std::string(ErrorClassName(request.error_class)),
       std::string(StateReasonName(request.cause)), request.last_error, MillisText(request.until)}};
  const ScriptAnswer said = co_await parts_.link.Run(std::move(call));
  FailAnswer answer = StartAnswer<FailAnswer>(said, kFailedWords);
  if (said.records.empty()) co_return answer;
  absl::StatusOr<OpenedGrant> opened = parts_.sealer.Open(request.key, said.records.front());
  if (!opened.ok()) {
    LogUnreadable(request.key, opened.status());
    co_return FailAnswer();
  }
  answer.grant = std::move(opened->grant);
  co_return answer;
}

}  // namespace tokenbroker

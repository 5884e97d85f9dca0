#include "store/grant_walk.h"

#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_split.h>
#include <absl/strings/string_view.h>
#include <absl/strings/strip.h>

#include <algorithm>
#include <utility>

#include "base/status_macros.h"
#include "store/sealed_grant.h"

namespace tokenbroker {
namespace {

constexpr size_t kBatch = 100;

absl::Status Broken() { return absl::UnavailableError("redis does not answer"); }

}  // namespace

GrantWalk::GrantWalk(RedisParts parts, absl::Duration pause)
    : parts_(parts),
      listing_(parts),
      pause_(pause),
      resealed_(parts.link.metrics().Counter("tokenbroker_store_resealed_total",
                                             "Records that were sealed by a newer key.")) {}

Task<absl::StatusOr<WalkResult>> GrantWalk::Run(What what) {
  const std::string missing = co_await parts_.link.Learn();
  if (!missing.empty()) co_return Broken();
  WalkResult result;
  for (int shard = 0; shard < parts_.link.shards(); ++shard) {
    const absl::Status walked = co_await WalkShard(shard, what, &result);
    TB_CO_RETURN_IF_ERROR(walked);
    parts_.link.metrics()
        .Gauge("tokenbroker_store_walked_shards", "How far the walk over all grants has come.")
        .Set(shard + 1);
  }
  Report(result);
  co_return result;
}

void GrantWalk::Report(const WalkResult& result) {
  std::map<std::string, int64_t> counts = result.by_key;
  // A key that seals nothing any more must not seem to seal what it did.
  const std::string readable = parts_.sealer.ReadableIds();
  for (absl::string_view id : absl::StrSplit(readable, ',', absl::SkipEmpty())) {
    counts.try_emplace(std::string(id), 0);
  }
  for (const auto& [key, grants] : counts) {
    parts_.link.metrics()
        .Gauge("tokenbroker_store_grants_by_key", "Grants that each key seals, by the last walk.",
               {{"key", key}})
        .Set(static_cast<double>(grants));
  }
}

Task<absl::Status> GrantWalk::WalkShard(int shard, What what, WalkResult* result) {
  GrantFilter everything;
  std::string beginning;
  const RedisListing::Members members =
      co_await listing_.MembersOf(shard, std::move(everything), std::move(beginning));
  if (members.outcome != ListAnswer::Outcome::kOk) co_return Broken();
  const std::vector<std::string>& names = members.names;
  for (size_t at = 0; at < names.size(); at += kBatch) {
    const auto first = names.begin() + static_cast<int64_t>(at);
    const auto n = static_cast<int64_t>(std::min(kBatch, names.size() - at));
    std::vector<std::string> some(first, first + n);
    const absl::Status walked = co_await WalkSome(shard, std::move(some), what, result);
    TB_CO_RETURN_IF_ERROR(walked);
    if (pause_ > absl::ZeroDuration()) co_await parts_.link.loop().Sleep(pause_);
  }
  co_return absl::OkStatus();
}

Task<absl::Status> GrantWalk::WalkSome(int shard, std::vector<std::string> names, What what,
                                       WalkResult* result) {
  const RedisListing::Records records =
      co_await listing_.Load(shard, names, RedisListing::Show::kAll);
  if (records.outcome != ListAnswer::Outcome::kOk) co_return Broken();
  std::vector<GrantKey> gone;
  for (size_t i = 0; i < records.fields.size(); ++i) {
    const RecordFields& record = records.fields[i];
    GrantKey key = *ParseMember(names[i]);
    if (record.empty()) {
      gone.push_back(std::move(key));
      continue;
    }
    if (!record.Has("sealed")) continue;
    std::string sealed_by = record.Text("key_id");
    if (what == What::kReseal && sealed_by != parts_.sealer.WriteKeyId()) {
      auto resealed = co_await Reseal(shard, std::move(key), record, result);
      TB_CO_RETURN_IF_ERROR(resealed.status());
      sealed_by = *std::move(resealed);
    }
    ++result->by_key[sealed_by];
  }
  if (gone.empty()) co_return absl::OkStatus();
  co_return co_await Repair(shard, std::move(gone));
}

Task<absl::StatusOr<std::string>> GrantWalk::Reseal(int shard, GrantKey key, RecordFields record,
                                                    WalkResult* result) {
  const std::string old_key = record.Text("key_id");
  const std::string bound_to = GrantAssociatedData(key, GrantSealer::SealedFor(record));
  const auto plain = parts_.sealer.OpenBytes(record.Text("sealed"), bound_to);
  if (!plain.ok()) {
    ++result->unreadable;
    co_return old_key;
  }
  auto sealed = parts_.sealer.SealBytes(*plain, bound_to);
  TB_CO_RETURN_IF_ERROR(sealed.status());
  std::string new_key = parts_.sealer.WriteKeyId();
  ShardCall call{&parts_.link.scripts().reseal,
                 shard,
                 {GrantRedisKey(shard, key)},
                 {record.Text("gen"), old_key, *std::move(sealed), new_key}};
  const ScriptAnswer said = co_await parts_.link.Run(std::move(call));
  if (said.outcome == kUnavailableOutcome) co_return Broken();
  if (said.outcome == "STORED") {
    ++result->resealed;
    resealed_.Increment();
  }
  // Otherwise it was written meanwhile, and so by a write key.
  co_return new_key;
}

Task<absl::Status> GrantWalk::Repair(int shard, std::vector<GrantKey> keys) {
  std::map<std::string, ShardCall> by_provider;
  for (const GrantKey& key : keys) {
    ShardCall& call = by_provider[key.provider];
    if (call.keys.empty()) call.keys = {DueKey(shard, key.provider), ProvidersKey(shard)};
    call.script = &parts_.link.scripts().repair_due;
    call.shard = shard;
    call.keys.push_back(GrantRedisKey(shard, key));
  }
  for (auto& [provider, call] : by_provider) {
    const ScriptAnswer said = co_await parts_.link.Run(std::move(call));
    if (said.outcome != "OK") co_return Broken();
  }
  co_return absl::OkStatus();
}

Task<absl::Status> GrantWalk::MendIndex() {
  const std::string missing = co_await parts_.link.Learn();
  if (!missing.empty()) co_return Broken();
  std::map<std::string, int> primaries;
  for (int shard = 0; shard < parts_.link.shards(); ++shard) {
    primaries.emplace(parts_.link.PrimaryOf(shard), shard);
  }
  for (const auto& [primary, shard] : primaries) {
    const absl::Status mended = co_await MendPrimary(shard);
    TB_CO_RETURN_IF_ERROR(mended);
  }
  co_return absl::OkStatus();
}

Task<absl::Status> GrantWalk::MendPrimary(int shard) {
  std::string cursor = "0";
  do {
    RedisCommand scan{MetaKey(shard),
                      {"SCAN", cursor, "MATCH", "tb:{*}:grant:*", "COUNT", absl::StrCat(kBatch)},
                      parts_.link.Deadline()};
    const absl::StatusOr<RedisReply> reply = co_await parts_.link.client().Call(std::move(scan));
    TB_CO_RETURN_IF_ERROR(reply.status());
    if (reply->items.size() != 2) co_return Broken();
    cursor = reply->items[0].text;
    std::map<int, std::vector<GrantKey>> by_shard;
    for (const RedisReply& found : reply->items[1].items) {
      const size_t at = found.text.find(":grant:");
      absl::optional<GrantKey> key = ParseMember(absl::string_view(found.text).substr(at + 7));
      const int its_shard = key ? ShardOf(*key, parts_.link.shards()) : -1;
      // What lies elsewhere than it should is none of ours.
      if (!key || GrantRedisKey(its_shard, *key) != found.text) continue;
      by_shard[its_shard].push_back(*std::move(key));
    }
    for (auto& [its_shard, keys] : by_shard) {
      const absl::Status repaired = co_await Repair(its_shard, std::move(keys));
      TB_CO_RETURN_IF_ERROR(repaired);
    }
    if (pause_ > absl::ZeroDuration()) co_await parts_.link.loop().Sleep(pause_);
  } while (cursor != "0");
  co_return absl::OkStatus();
}

}  // namespace tokenbroker

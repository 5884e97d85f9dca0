#include "store/grant_walk.h"

#include <absl/strings/str_cat.h>
#include <absl/strings/str_split.h>
#include <absl/strings/string_view.h>

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
      index_(parts.link),
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
    std::string sealed_by(record.Text("key_id"));
    if (what == What::kReseal && sealed_by != parts_.sealer.WriteKeyId()) {
      auto resealed = co_await Reseal(shard, std::move(key), record, result);
      TB_CO_RETURN_IF_ERROR(resealed.status());
      sealed_by = *std::move(resealed);
    }
    ++result->by_key[sealed_by];
  }
  if (gone.empty()) co_return absl::OkStatus();
  const auto mended = co_await index_.Mend(shard, std::move(gone));
  co_return mended.status();
}

Task<absl::StatusOr<std::string>> GrantWalk::Reseal(int shard, GrantKey key, RecordFields record,
                                                    WalkResult* result) {
  const std::string old_key(record.Text("key_id"));
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
                 {std::string(record.Text("gen")), old_key, *std::move(sealed), new_key}};
  const ScriptAnswer said = co_await parts_.link.Run(std::move(call));
  if (said.outcome == kUnavailableOutcome) co_return Broken();
  if (said.outcome == "STORED") {
    ++result->resealed;
    resealed_.Increment();
  }
  // Otherwise it was written meanwhile, and so by a write key.
  co_return new_key;
}

}  // namespace tokenbroker

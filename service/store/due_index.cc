#include "store/due_index.h"

#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/string_view.h>

#include <map>
#include <utility>

#include "base/status_macros.h"
#include "store/redis_keys.h"

namespace tokenbroker {
namespace {

constexpr int kScanned = 1000;
constexpr absl::string_view kBeforeMember = ":grant:";

absl::Status Broken() { return absl::UnavailableError("redis does not answer"); }

// The user that brokers need has no right to it.
absl::Status NotScanned(const absl::Status& why) {
  if (!absl::StrContains(why.message(), "NOPERM")) return why;
  return absl::PermissionDeniedError(absl::StrCat(
      why.message(),
      ": the broker's Redis user may not look for keys; give it +scan by ACL SETUSER for this, and "
      "take it away again by -scan"));
}

}  // namespace

Task<absl::StatusOr<int64_t>> DueIndex::Mend(int shard, std::vector<GrantKey> keys) {
  std::map<std::string, ShardCall> by_provider;
  for (const GrantKey& key : keys) {
    ShardCall& call = by_provider[key.provider];
    if (call.keys.empty()) call.keys = {DueKey(shard, key.provider), ProvidersKey(shard)};
    call.script = &link_.scripts().repair_due;
    call.shard = shard;
    call.keys.push_back(GrantRedisKey(shard, key));
  }
  int64_t added = 0;
  for (auto& [provider, call] : by_provider) {
    const ScriptAnswer said = co_await link_.Run(std::move(call));
    if (said.outcome != "OK") co_return Broken();
    added += said.values.Number("added");
  }
  co_return added;
}

Task<absl::StatusOr<MendedIndex>> DueIndex::MendAll(absl::Duration pause) {
  std::map<std::string, int> primaries;
  for (int shard = 0; shard < link_.shards(); ++shard) {
    primaries.emplace(link_.PrimaryOf(shard), shard);
  }
  MendedIndex mended;
  for (const auto& [primary, shard] : primaries) {
    const absl::Status done = co_await MendPrimary(shard, pause, &mended);
    TB_CO_RETURN_IF_ERROR(done);
  }
  co_return mended;
}

Task<absl::Status> DueIndex::MendPrimary(int shard, absl::Duration pause, MendedIndex* mended) {
  std::string cursor = "0";
  do {
    RedisCommand scan{MetaKey(shard),
                      {"SCAN", cursor, "MATCH", "tb:{*}:grant:*", "COUNT", absl::StrCat(kScanned)},
                      link_.Deadline()};
    const absl::StatusOr<RedisReply> reply = co_await link_.client().Call(std::move(scan));
    if (!reply.ok()) co_return NotScanned(reply.status());
    if (reply->items.size() != 2) co_return Broken();
    cursor = reply->items[0].text;
    std::vector<std::string> found;
    for (const RedisReply& key : reply->items[1].items) found.push_back(key.text);
    const absl::Status done = co_await MendFound(std::move(found), mended);
    TB_CO_RETURN_IF_ERROR(done);
    if (pause > absl::ZeroDuration()) co_await link_.loop().Sleep(pause);
  } while (cursor != "0");
  co_return absl::OkStatus();
}

Task<absl::Status> DueIndex::MendFound(std::vector<std::string> redis_keys, MendedIndex* mended) {
  std::map<int, std::vector<GrantKey>> by_shard;
  for (const std::string& redis_key : redis_keys) {
    const size_t at = redis_key.find(kBeforeMember.data());
    absl::optional<GrantKey> key =
        ParseMember(absl::string_view(redis_key).substr(at + kBeforeMember.size()));
    const int shard = key ? ShardOf(*key, link_.shards()) : -1;
    // What lies elsewhere than it should is none of ours.
    if (!key || GrantRedisKey(shard, *key) != redis_key) continue;
    by_shard[shard].push_back(*std::move(key));
    ++mended->grants;
  }
  for (auto& [shard, keys] : by_shard) {
    const auto added = co_await Mend(shard, std::move(keys));
    TB_CO_RETURN_IF_ERROR(added.status());
    mended->added += *added;
  }
  co_return absl::OkStatus();
}

}  // namespace tokenbroker

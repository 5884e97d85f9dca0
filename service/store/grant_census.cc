#include "store/grant_census.h"

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "base/status_macros.h"
#include "store/redis_keys.h"

namespace tokenbroker {
namespace {

constexpr int kBatch = 200;
constexpr absl::Duration kCountAgain = absl::Minutes(5);

// What the script calls a count, and what the metrics do. The first four have a limit.
struct Within {
  const char* count;
  const char* label;
  absl::Duration limit;
};
constexpr Within kWithin[] = {
    {"within_1", "1d", absl::Hours(24)},          {"within_2", "7d", absl::Hours(24 * 7)},
    {"within_3", "30d", absl::Hours(24 * 30)},    {"within_4", "90d", absl::Hours(24 * 90)},
    {"later", "later", absl::InfiniteDuration()}, {"unknown", "unknown", absl::InfiniteDuration()},
};
// As records have them. Whether a grant is frozen stands in no record.
constexpr const char* kStates[] = {"active", "reauthorization_required", "revoked"};

absl::Status Broken() { return absl::UnavailableError("redis does not answer"); }

std::vector<std::string> Limits() {
  std::vector<std::string> limits;
  for (const Within& within : kWithin) {
    if (within.limit == absl::InfiniteDuration()) continue;
    limits.push_back(absl::StrCat(absl::ToInt64Milliseconds(within.limit)));
  }
  return limits;
}

double Of(const std::map<std::string, int64_t>& counts, const char* name) {
  const auto it = counts.find(name);
  return it == counts.end() ? 0 : static_cast<double>(it->second);
}

}  // namespace

Task<absl::Status> GrantCensus::Run() {
  const std::string missing = co_await parts_.link.Learn();
  if (!missing.empty()) co_return Broken();
  ByProvider all;
  for (int shard = 0; shard < parts_.link.shards(); ++shard) {
    const absl::Status counted = co_await CountShard(shard, &all);
    TB_CO_RETURN_IF_ERROR(counted);
  }
  Show(all);
  co_return absl::OkStatus();
}

Task<absl::Status> GrantCensus::CountShard(int shard, ByProvider* all) {
  ShardCall list{&parts_.link.scripts().list_providers, shard, {ProvidersKey(shard)}, {}};
  const ScriptAnswer said = co_await parts_.link.Run(std::move(list));
  if (said.outcome != "OK") co_return Broken();
  for (const std::string& encoded : said.items) {
    const std::string provider = DecodePart(encoded).value_or("");
    Counts& counts = (*all)[provider];
    const absl::Status counted = co_await CountProvider(shard, provider, &counts);
    TB_CO_RETURN_IF_ERROR(counted);
  }
  co_return absl::OkStatus();
}

Task<absl::Status> GrantCensus::CountProvider(int shard, std::string provider, Counts* counts) {
  for (int first = 0;; first += kBatch) {
    ShardCall list{&parts_.link.scripts().members_at,
                   shard,
                   {DueKey(shard, provider)},
                   {absl::StrCat(first), absl::StrCat(first + kBatch - 1)}};
    const ScriptAnswer members = co_await parts_.link.Run(std::move(list));
    if (members.outcome != "OK") co_return Broken();
    ShardCall count{&parts_.link.scripts().census, shard, {}, Limits()};
    for (const std::string& member : members.items) {
      const absl::optional<GrantKey> key = ParseMember(member);
      if (key) count.keys.push_back(GrantRedisKey(shard, *key));
    }
    if (count.keys.empty()) co_return absl::OkStatus();
    const ScriptAnswer said = co_await parts_.link.Run(std::move(count));
    if (said.outcome != "OK") co_return Broken();
    for (const char* state : kStates) (*counts)[state] += said.values.Number(state);
    for (const Within& within : kWithin)
      (*counts)[within.count] += said.values.Number(within.count);
    if (members.items.size() < static_cast<size_t>(kBatch)) co_return absl::OkStatus();
    co_await parts_.link.loop().Sleep(pause_);
  }
}

absl::Duration PauseAfterCount(absl::Duration took, int replicas) {
  return std::max(kCountAgain, 2 * took) * std::max(replicas, 1);
}

void GrantCensus::Show(const ByProvider& all) {
  // What has no grant any more must not seem to have those that it had.
  for (const std::string& provider : std::exchange(shown_, {})) {
    if (!all.contains(provider)) ShowProvider(provider, {});
  }
  for (const auto& [provider, counts] : all) ShowProvider(provider, counts);
  parts_.link.metrics()
      .Gauge("tokenbroker_grant_walk_time_seconds",
             "When the grants were last counted, in seconds since 1970.")
      .Set(absl::ToDoubleSeconds(parts_.link.loop().clock().TimeNow() - absl::UnixEpoch()));
}

void GrantCensus::ShowProvider(const std::string& provider, const Counts& counts) {
  shown_.insert(provider);
  Metrics& metrics = parts_.link.metrics();
  for (const char* state : kStates) {
    metrics
        .Gauge("tokenbroker_grants", "Grants of the fleet by their state, at the last count.",
               {{"provider", provider}, {"state", state}})
        .Set(Of(counts, state));
  }
  for (const Within& within : kWithin) {
    metrics
        .Gauge("tokenbroker_grants_by_reauthorization",
               "Active grants of the fleet by when their users must log in again, each in the "
               "first that fits, at the last count.",
               {{"provider", provider}, {"within", within.label}})
        .Set(Of(counts, within.count));
  }
}

}  // namespace tokenbroker

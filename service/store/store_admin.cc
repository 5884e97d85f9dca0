#include "store/store_admin.h"

#include <absl/strings/escaping.h>
#include <absl/strings/match.h>
#include <absl/strings/numbers.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_split.h>
#include <absl/strings/strip.h>

#include <algorithm>
#include <utility>

#include "base/status_macros.h"
#include "crypto/random.h"

namespace tokenbroker {
namespace {

using Severity = ServerFinding::Severity;
using What = ServerFinding::What;

// Few grants have longer ones.
constexpr int64_t kLongSealedPart = 1024;

absl::Status NoStore() {
  return absl::NotFoundError("there is no store here: `tbctl store init` makes one");
}

// "name:value" of INFO; empty when it is not there.
absl::string_view InfoValue(absl::string_view info, absl::string_view name) {
  for (absl::string_view line : absl::StrSplit(info, '\n')) {
    if (absl::ConsumePrefix(&line, name) && absl::ConsumePrefix(&line, ":")) {
      return absl::StripSuffix(line, "\r");
    }
  }
  return {};
}

int64_t InfoNumber(absl::string_view info, absl::string_view name) {
  int64_t number = 0;
  return absl::SimpleAtoi(InfoValue(info, name), &number) ? number : 0;
}

}  // namespace

absl::string_view FindingName(What what) {
  switch (what) {
    case What::kEvictsGrants:
      return "evicts_grants";
    case What::kNoPersistence:
      return "no_persistence";
    case What::kFewReplicas:
      return "few_replicas";
    case What::kSmallListpack:
      return "small_listpack";
    case What::kSilent:
      return "silent";
  }
  return "";
}

absl::StatusOr<StoreAdmin::Meta> StoreAdmin::MetaOf(const ScriptAnswer& said) {
  if (said.outcome == kUnavailableOutcome) return absl::UnavailableError("redis does not answer");
  Meta meta;
  if (said.records.empty()) return meta;
  const RecordFields& fields = said.records.front();
  meta.store_id = std::string(fields.Text("store_id"));
  meta.shards = static_cast<int>(fields.Number("shards"));
  meta.schema = static_cast<int>(fields.Number("schema"));
  meta.min_writer = static_cast<int>(fields.Number("min_writer"));
  return meta;
}

Task<absl::StatusOr<StoreAdmin::Meta>> StoreAdmin::Read(int shard) {
  std::vector<std::string> keys{MetaKey(shard)};
  std::vector<std::string> none;
  const ScriptAnswer said =
      co_await link_.RunBare(&link_.scripts().read_meta, std::move(keys), std::move(none));
  co_return MetaOf(said);
}

Task<absl::StatusOr<StoreAdmin::Meta>> StoreAdmin::Make(int shard, Meta wanted) {
  std::vector<std::string> keys{MetaKey(shard)};
  std::vector<std::string> arguments{wanted.store_id, absl::StrCat(wanted.schema),
                                     absl::StrCat(wanted.shards), absl::StrCat(wanted.min_writer)};
  const ScriptAnswer said =
      co_await link_.RunBare(&link_.scripts().init, std::move(keys), std::move(arguments));
  co_return MetaOf(said);
}

Task<absl::StatusOr<StoreInfo>> StoreAdmin::Init(int shards) {
  TB_CO_ASSIGN_OR_RETURN(Meta meta, co_await Read(0));
  if (meta.store_id.empty()) {
    // Whose meta stands in the last shard makes the store; shard 0, by which brokers know it, comes
    // when all others are there.
    const Meta ours{absl::BytesToHexString(RandomBytes(16)), shards, kStoreSchema, kStoreSchema};
    TB_CO_ASSIGN_OR_RETURN(meta, co_await Make(shards - 1, ours));
  }
  for (int shard = meta.shards - 1; shard >= 0; --shard) {
    TB_CO_ASSIGN_OR_RETURN(const Meta made, co_await Make(shard, meta));
    if (made.store_id != meta.store_id || made.shards != meta.shards) {
      co_return absl::FailedPreconditionError(absl::StrCat(
          "shard ", shard, " belongs to another store (", made.store_id, ") than ", meta.store_id));
    }
  }
  co_return co_await Info();
}

Task<absl::StatusOr<StoreInfo>> StoreAdmin::Info() {
  TB_CO_ASSIGN_OR_RETURN(const Meta first, co_await Read(0));
  if (first.store_id.empty()) co_return NoStore();
  const std::string missing = co_await link_.Learn();
  if (!missing.empty()) co_return absl::UnavailableError("redis does not answer");
  StoreInfo info{first.store_id, first.shards, first.schema, first.min_writer, 0, {}};
  for (int shard = 0; shard < first.shards; ++shard) {
    TB_CO_ASSIGN_OR_RETURN(const Meta meta, co_await Read(shard));
    if (meta.store_id != first.store_id) {
      ++info.missing_shards;
      continue;
    }
    info.schema = std::min(info.schema, meta.schema);
    info.min_writer = std::max(info.min_writer, meta.min_writer);
    const absl::Status counted = co_await CountGrants(shard, &info);
    TB_CO_RETURN_IF_ERROR(counted);
  }
  co_return info;
}

Task<absl::Status> StoreAdmin::CountGrants(int shard, StoreInfo* info) {
  ShardCall list{&link_.scripts().list_providers, shard, {ProvidersKey(shard)}, {}};
  const ScriptAnswer said = co_await link_.Run(std::move(list));
  if (said.outcome == kUnavailableOutcome) {
    co_return absl::UnavailableError("redis does not answer");
  }
  for (const std::string& encoded : said.items) {
    const std::string provider = DecodePart(encoded).value_or("");
    RedisCommand count{MetaKey(shard), {"ZCARD", DueKey(shard, provider)}, link_.Deadline()};
    const absl::StatusOr<RedisReply> reply = co_await link_.client().Call(std::move(count));
    TB_CO_RETURN_IF_ERROR(reply.status());
    info->grants[provider] += reply->integer;
  }
  co_return absl::OkStatus();
}

Task<absl::StatusOr<StoreInfo>> StoreAdmin::Upgrade(int schema, int min_writer) {
  if (schema > kStoreSchema || min_writer > schema) {
    co_return absl::InvalidArgumentError(absl::StrCat("this program knows version ", kStoreSchema));
  }
  TB_CO_ASSIGN_OR_RETURN(const Meta first, co_await Read(0));
  if (first.store_id.empty()) co_return NoStore();
  const std::string missing = co_await link_.Learn();
  if (!missing.empty()) co_return absl::UnavailableError("redis does not answer");
  for (int shard = first.shards - 1; shard >= 0; --shard) {
    ShardCall raise{
        &link_.scripts().upgrade, shard, {}, {absl::StrCat(schema), absl::StrCat(min_writer)}};
    const ScriptAnswer said = co_await link_.Run(std::move(raise));
    if (said.outcome == kNoStoreOutcome) {
      co_return absl::FailedPreconditionError(
          absl::StrCat("shard ", shard, " has no meta: `tbctl store init` mends it"));
    }
    TB_CO_RETURN_IF_ERROR(MetaOf(said).status());
  }
  co_return co_await Info();
}

Task<absl::Status> StoreAdmin::MayStart() {
  TB_CO_ASSIGN_OR_RETURN(const Meta meta, co_await Read(0));
  if (meta.store_id.empty()) co_return NoStore();
  if (meta.min_writer > kStoreSchema) {
    co_return absl::FailedPreconditionError(absl::StrCat("the store wants programs of version ",
                                                         meta.min_writer, " or later; this is ",
                                                         kStoreSchema));
  }
  co_return absl::OkStatus();
}

Task<std::vector<ServerFinding>> StoreAdmin::CheckServers(int min_replica_acks) {
  // Servers are asked even where there is no store yet.
  co_await link_.Learn();
  std::map<std::string, int> primaries;
  for (int shard = 0; shard < link_.shards(); ++shard) {
    primaries.emplace(link_.PrimaryOf(shard), shard);
  }
  std::vector<ServerFinding> findings;
  for (const auto& [primary, shard] : primaries) {
    RedisCommand command{MetaKey(shard), {"INFO"}, link_.Deadline()};
    const absl::StatusOr<RedisReply> reply = co_await link_.client().Call(std::move(command));
    const std::vector<ServerFinding> some =
        reply.ok() ? Judge(primary, reply->text, min_replica_acks)
                   : std::vector<ServerFinding>{
                         {What::kSilent, Severity::kWarning, primary + " does not answer"}};
    findings.insert(findings.end(), some.begin(), some.end());
    const absl::optional<ServerFinding> hint = co_await CheckHashes(primary, shard);
    if (hint) findings.push_back(*hint);
  }
  co_return findings;
}

Task<absl::optional<ServerFinding>> StoreAdmin::CheckHashes(std::string primary, int shard) {
  if (!asks_for_settings_) co_return absl::nullopt;
  RedisCommand command{
      MetaKey(shard), {"CONFIG", "GET", "hash-max-listpack-value"}, link_.Deadline()};
  const absl::StatusOr<RedisReply> reply = co_await link_.client().Call(std::move(command));
  if (absl::StrContains(reply.status().message(), "NOPERM")) asks_for_settings_ = false;
  int64_t longest = 0;
  // Who may not ask is not told.
  if (!reply.ok() || reply->items.size() != 2 ||
      !absl::SimpleAtoi(reply->items[1].text, &longest) || longest >= kLongSealedPart) {
    co_return absl::nullopt;
  }
  co_return ServerFinding{
      What::kSmallListpack, Severity::kWarning,
      absl::StrCat(primary, ": hash-max-listpack-value is ", longest,
                   ": a grant takes nearly twice the memory that it needs; set it to 4096")};
}

std::vector<ServerFinding> StoreAdmin::Judge(const std::string& primary, absl::string_view info,
                                             int min_replica_acks) {
  std::vector<ServerFinding> findings;
  const absl::string_view policy = InfoValue(info, "maxmemory_policy");
  if (policy != "noeviction") {
    const bool evicts = InfoNumber(info, "maxmemory") > 0;
    findings.push_back({What::kEvictsGrants, evicts ? Severity::kFatal : Severity::kWarning,
                        absl::StrCat(primary, ": maxmemory-policy is ", policy,
                                     ": Redis would throw grants away; set it to noeviction")});
  }
  const int64_t replicas = InfoNumber(info, "connected_slaves");
  if (InfoNumber(info, "aof_enabled") == 0 && replicas == 0) {
    findings.push_back({What::kNoPersistence, Severity::kWarning,
                        absl::StrCat(primary,
                                     ": neither an append-only file nor a replica: a "
                                     "restart loses every grant; set appendonly yes")});
  }
  if (replicas < min_replica_acks) {
    findings.push_back({What::kFewReplicas, Severity::kWarning,
                        absl::StrCat(primary, ": ", replicas, " replicas, but min_replica_acks is ",
                                     min_replica_acks, ": no refresh is confirmed")});
  }
  return findings;
}

}  // namespace tokenbroker

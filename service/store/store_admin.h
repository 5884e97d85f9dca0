// What operators do with a store in Redis: make one, look at it, raise its version, see which keys
// seal its records, and check that its servers keep what they promise. Loop thread only.
#pragma once

#include <absl/status/statusor.h>
#include <absl/types/optional.h>

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "store/redis_parts.h"

namespace tokenbroker {

// The version of the records that this program writes.
inline constexpr int kStoreSchema = 1;

struct StoreInfo {
  std::string store_id;
  int shards = 0;
  // What programs may write, and the oldest program that may.
  int schema = 0;
  int min_writer = 0;
  // Shards without a meta, which refuse everything. `Init` mends it.
  int missing_shards = 0;
  // By provider, dead ones and tombstones included.
  std::map<std::string, int64_t> grants;
};

// What is wrong with a server, in words for an operator.
struct ServerFinding {
  enum class What { kEvictsGrants, kNoPersistence, kFewReplicas, kSmallListpack, kSilent };
  What what = What::kSilent;
  // kFatal: a broker must not start over it.
  enum class Severity { kWarning, kFatal };
  Severity severity = Severity::kWarning;
  std::string text;

  friend bool operator==(const ServerFinding&, const ServerFinding&) = default;
};

// "evicts_grants"; for metrics.
absl::string_view FindingName(ServerFinding::What what);
inline constexpr ServerFinding::What kAllFindings[] = {
    ServerFinding::What::kEvictsGrants, ServerFinding::What::kNoPersistence,
    ServerFinding::What::kFewReplicas, ServerFinding::What::kSmallListpack,
    ServerFinding::What::kSilent};

class StoreAdmin {
 public:
  // `link` need not have learned its store.
  explicit StoreAdmin(StoreLink& link) : link_(link) {}

  // Makes a store of `shards` shards; completes one whose making was broken off; changes nothing
  // where one is. Any number may try at once: all get the same store. FAILED_PRECONDITION when what
  // is there belongs to several stores. UNAVAILABLE: repeat.
  Task<absl::StatusOr<StoreInfo>> Init(int shards);
  // NOT_FOUND where there is no store.
  Task<absl::StatusOr<StoreInfo>> Info();
  // Lets programs write what version `schema` (at most kStoreSchema) brought. Programs older than
  // `min_writer` cannot start from then on.
  Task<absl::StatusOr<StoreInfo>> Upgrade(int schema, int min_writer);

  // For a broker's start: NOT_FOUND, UNAVAILABLE, or FAILED_PRECONDITION when the store wants a
  // newer program.
  Task<absl::Status> MayStart();
  // Every primary's eviction policy and persistence. Empty when all is well.
  Task<std::vector<ServerFinding>> CheckServers(int min_replica_acks);
  // Of what INFO gives.
  static std::vector<ServerFinding> Judge(const std::string& primary, absl::string_view info,
                                          int min_replica_acks);

 private:
  struct Meta {
    std::string store_id;
    int shards = 0;
    int schema = 0;
    int min_writer = 0;
  };
  // An empty store_id where there is none.
  Task<absl::StatusOr<Meta>> Read(int shard);
  // The meta that stands in the shard afterwards.
  Task<absl::StatusOr<Meta>> Make(int shard, Meta wanted);
  static absl::StatusOr<Meta> MetaOf(const ScriptAnswer& said);
  Task<absl::optional<ServerFinding>> CheckHashes(std::string primary, int shard);
  Task<absl::Status> CountGrants(int shard, StoreInfo* info);

  StoreLink& link_;
  // Until a server says that its user may not.
  bool asks_for_settings_ = true;
};

}  // namespace tokenbroker

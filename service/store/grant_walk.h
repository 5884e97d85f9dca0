// Walks over all records by the due index: counts which keys seal them, seals anew what another key
// sealed, and drops entries of records that are gone. Loop thread only.
#pragma once

#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "store/due_index.h"
#include "store/redis_listing.h"
#include "store/redis_parts.h"

namespace tokenbroker {

struct WalkResult {
  // How many records each key seals, after the walk.
  std::map<std::string, int64_t> by_key;
  int64_t resealed = 0;
  // Sealed by a key that we do not have, or changed: left as they are.
  int64_t unreadable = 0;
};

class GrantWalk {
 public:
  enum class What {
    kCount,
    kReseal,  // Whatever the write key did not seal.
  };
  // `pause` between batches, so that the walk is nobody's load.
  GrantWalk(RedisParts parts, absl::Duration pause);

  // UNAVAILABLE when the walk was broken off; what it did stays done.
  Task<absl::StatusOr<WalkResult>> Run(What what);

 private:
  void Report(const WalkResult& result);
  Task<absl::Status> WalkShard(int shard, What what, WalkResult* result);
  Task<absl::Status> WalkSome(int shard, std::vector<std::string> names, What what,
                              WalkResult* result);
  // The key that seals the record afterwards.
  Task<absl::StatusOr<std::string>> Reseal(int shard, GrantKey key, RecordFields record,
                                           WalkResult* result);

  RedisParts parts_;
  RedisListing listing_;
  DueIndex index_;
  const absl::Duration pause_;
  prometheus::Counter& resealed_;
};

}  // namespace tokenbroker

// What makes the due index agree with the records. The scripts keep it so; this is for a database
// that somebody has laid hands on. Loop thread only.
#pragma once

#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <cstdint>
#include <string>
#include <vector>

#include "store/store_link.h"
#include "token/grant_key.h"

namespace tokenbroker {

struct MendedIndex {
  int64_t grants = 0;
  // Of them, those that had no entry.
  int64_t added = 0;
};

// Every call: UNAVAILABLE when Redis does not answer; what was mended stays so.
class DueIndex {
 public:
  explicit DueIndex(StoreLink& link) : link_(link) {}

  // For these grants of a shard: adds missing entries, and drops those of records that are gone.
  // How many were missing.
  Task<absl::StatusOr<int64_t>> Mend(int shard, std::vector<GrantKey> keys);
  // For all that a SCAN over every primary finds, with a pause between its steps. REQUIRES: the
  // store is known (StoreLink::Learn). PERMISSION_DENIED when the user may not SCAN, as the
  // broker's own need not.
  Task<absl::StatusOr<MendedIndex>> MendAll(absl::Duration pause);

 private:
  Task<absl::Status> MendPrimary(int shard, absl::Duration pause, MendedIndex* mended);
  Task<absl::Status> MendFound(std::vector<std::string> redis_keys, MendedIndex* mended);

  StoreLink& link_;
};

}  // namespace tokenbroker

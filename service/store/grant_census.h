// Counts the store's grants for the metrics: by provider and state, and by when their users must
// log in again. Loop thread only.
#pragma once

#include <absl/status/status.h>
#include <absl/time/time.h>

#include <cstdint>
#include <map>
#include <set>
#include <string>

#include "store/redis_parts.h"

namespace tokenbroker {

// It reads three fields of each record, in Redis, and has only the sums sent: two hundred grants at
// a time cost about a millisecond there. What is refreshed meanwhile may be counted twice, or
// another in its place.
class GrantCensus {
 public:
  // `pause` between two hundred, so that the census is nobody's load.
  GrantCensus(RedisParts parts, absl::Duration pause) : parts_(parts), pause_(pause) {}

  // Once over all of them; the metrics show it when it has ended. UNAVAILABLE when it was broken
  // off: they show the one before.
  Task<absl::Status> Run();

 private:
  // By what is counted: a state, or a time.
  using Counts = std::map<std::string, int64_t>;
  using ByProvider = std::map<std::string, Counts>;

  Task<absl::Status> CountShard(int shard, ByProvider* all);
  Task<absl::Status> CountProvider(int shard, std::string provider, Counts* counts);
  void Show(const ByProvider& all);
  void ShowProvider(const std::string& provider, const Counts& counts);

  RedisParts parts_;
  const absl::Duration pause_;
  // The providers that the metrics speak of.
  std::set<std::string> shown_;
};

// How long a replica waits after a count that took `took`: all `replicas` together count at most a
// third of the time, however many grants there are, and never more often than every five minutes.
absl::Duration PauseAfterCount(absl::Duration took, int replicas);

}  // namespace tokenbroker

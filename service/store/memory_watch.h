// How full the primaries are, and what is refused because of it: first new logins, then new grants,
// then refreshes. What a provider already gave is never refused. Loop thread only.
#pragma once

#include <absl/container/flat_hash_map.h>
#include <absl/strings/string_view.h>
#include <absl/types/optional.h>

#include <string>

#include "store/store_link.h"

namespace tokenbroker {

class MemoryWatch {
 public:
  enum class What { kLogin, kNewGrant, kRefresh };

  explicit MemoryWatch(StoreLink& link);

  // Reads INFO memory of every primary once a second, until the loop drops its tasks.
  Task<void> Run();
  // One reading of each.
  Task<void> Look();

  // Whether `what` is refused in `shard` now; then it is logged and counted. A primary without a
  // limit, or of which nothing is known, refuses nothing.
  bool Refuses(What what, int shard);

  // Of the text that INFO gives: used_memory ÷ maxmemory; nullopt without a limit.
  static absl::optional<double> UsedShare(absl::string_view info);

 private:
  Task<void> LookAt(std::string primary, int shard);
  prometheus::Counter& RefusalsOf(What what);

  StoreLink& link_;
  // By primary.
  absl::flat_hash_map<std::string, double> used_;
  SteadyTime next_log_ = SteadyTime::InfinitePast();
};

}  // namespace tokenbroker

// What this replica stored in the last minute, tombstones too, to put it back when the store turns
// out to have lost what it acknowledged (a failover with asynchronous replication).
#pragma once

#include <absl/container/flat_hash_map.h>
#include <absl/types/optional.h>

#include <deque>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "store/grant_store.h"
#include "token/grant.h"

namespace tokenbroker {

// What was stored, and by which attempt: put back by the same one, it ends the refresh that this
// attempt began, should the store remember that.
struct RecentCommit {
  Boxed<Grant> grant;
  Attempt attempt;
};

// Loop thread only.
class RecentCommits {
 public:
  // Unless one of a higher generation is kept.
  void Add(Grant grant, Attempt attempt, SteadyTime now) {
    Forget(now);
    const auto known = grants_.find(grant.key);
    if (known != grants_.end() && known->second.commit.grant->generation > grant.generation) return;
    order_.emplace_back(now, grant.key);
    Kept& kept = grants_[grant.key];
    kept = {now, {std::move(grant), std::move(attempt)}};
  }

  // The commit of `key` above `generation`, if there was one lately.
  absl::optional<RecentCommit> Above(const GrantKey& key, int64_t generation, SteadyTime now) {
    Forget(now);
    const auto it = grants_.find(key);
    if (it == grants_.end() || it->second.commit.grant->generation <= generation)
      return absl::nullopt;
    return it->second.commit;
  }

  std::vector<RecentCommit> All(SteadyTime now) {
    Forget(now);
    std::vector<RecentCommit> all;
    all.reserve(grants_.size());
    for (const auto& [key, kept] : grants_) all.push_back(kept.commit);
    return all;
  }

  // The grant was stored by somebody else with `generation`: what is older is not put back any
  // more.
  void Overtaken(const GrantKey& key, int64_t generation) {
    const auto it = grants_.find(key);
    if (it != grants_.end() && it->second.commit.grant->generation < generation) grants_.erase(it);
  }

 private:
  static constexpr absl::Duration kKept = absl::Seconds(60);
  struct Kept {
    SteadyTime at;
    RecentCommit commit;
  };

  void Forget(SteadyTime now) {
    while (!order_.empty() && order_.front().first + kKept <= now) {
      const auto it = grants_.find(order_.front().second);
      if (it != grants_.end() && it->second.at == order_.front().first) grants_.erase(it);
      order_.pop_front();
    }
  }

  std::deque<std::pair<SteadyTime, GrantKey>> order_;
  absl::flat_hash_map<GrantKey, Kept> grants_;
};

}  // namespace tokenbroker

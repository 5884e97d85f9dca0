// What is due, over all shards, and when grants were used last. Loop thread only.
#pragma once

#include <absl/time/time.h>

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "store/grant_store.h"
#include "store/redis_parts.h"

namespace tokenbroker {

class RedisDue {
 public:
  explicit RedisDue(RedisParts parts);

  // Two pipelines to every primary: what is due, and the claim of the soonest of it. One when
  // nothing is due; only the claim where the last look showed more than was claimed since.
  Task<ClaimAnswer> Claim(std::string provider, int limit, absl::Duration push);
  // One script for each shard that has any of them.
  Task<bool> Touch(std::vector<std::pair<GrantKey, absl::Time>> uses);

 private:
  struct DueMember {
    int shard = 0;
    std::string member;
  };
  // What the last look showed and nobody has claimed here.
  struct Seen {
    SteadyTime until = SteadyTime::InfinitePast();
    std::vector<DueMember> latest_first;
    DueBacklog backlog;
  };

  // Leaves the members empty in `looks`.
  std::vector<DueMember> LatestFirst(std::vector<ScriptAnswer>& looks);
  // Looks at what is due, of which `limit` are to be claimed.
  Task<ClaimAnswer> Look(std::string provider, int limit);
  // The soonest `count` of what was seen, as far as they are still due.
  Task<ClaimAnswer> ClaimSeen(std::string provider, size_t count, absl::Duration push);

  RedisParts parts_;
  // By provider.
  std::map<std::string, Seen> seen_;
  uint32_t draws_;
};

}  // namespace tokenbroker

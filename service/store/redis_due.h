// What is due, over all shards, and when grants were used last. Loop thread only.
#pragma once

#include <absl/time/time.h>

#include <cstdint>
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
  // nothing is due.
  Task<ClaimAnswer> Claim(std::string provider, int limit, absl::Duration push);
  // One script for each shard that has any of them.
  Task<bool> Touch(std::vector<std::pair<GrantKey, absl::Time>> uses);

 private:
  struct DueMember {
    absl::Time due;
    // In the order in which the shards were visited: breaks ties differently each time.
    int turn = 0;
    int shard = 0;
    std::string member;
  };

  std::vector<DueMember> Soonest(const std::vector<ScriptAnswer>& looks, int first_shard,
                                 int limit) const;

  RedisParts parts_;
  uint32_t draws_;
};

}  // namespace tokenbroker

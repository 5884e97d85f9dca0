// Storing whole grants over Redis: logins, imports, restores, tombstones. Loop thread only.
#pragma once

#include <string>
#include <vector>

#include "store/grant_store.h"
#include "store/redis_parts.h"

namespace tokenbroker {

// What a login or an import stores, as put_grant and finish_exchange take it.
struct LoginChanges {
  // The rt_gen to inherit from; 0: nothing. -1: from one that is not there, which is always lost.
  int64_t expected = 0;
  FieldChanges fields;
};

class RedisPuts {
 public:
  explicit RedisPuts(RedisParts parts) : parts_(parts) {}

  Task<PutGrantAnswer> Put(PutGrantRequest request);

  // Seals `grant` for `generation`. When it inherits its refresh token (`expected` is not 0), that
  // is looked up first, since no script can move what is sealed. UNAVAILABLE when that fails.
  Task<absl::StatusOr<LoginChanges>> Seal(Grant grant, int64_t generation, int64_t expected);

  // What of a grant a revocation leaves: all but its tokens, sealed for the generation that was
  // seen, which takes the request's place. Nothing when there is nothing that can be read.
  Task<FieldChanges> SealRest(PutGrantRequest* request);

  // The keys of a grant as store/lua/put.lua wants them.
  static std::vector<std::string> Keys(int shard, const GrantKey& key);

 private:
  RedisParts parts_;
};

}  // namespace tokenbroker

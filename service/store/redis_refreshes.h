// The verbs of a refresh over Redis: load, begin, renew, commit, fail. Loop thread only.
#pragma once

#include "store/carried_fields.h"
#include "store/grant_store.h"
#include "store/redis_parts.h"

namespace tokenbroker {

class RedisRefreshes {
 public:
  explicit RedisRefreshes(RedisParts parts);

  Task<LoadAnswer> Load(GrantKey key);
  Task<BeginRefreshAnswer> Begin(BeginRefreshRequest request);
  Task<RenewAnswer> Renew(RenewRequest request);
  Task<CommitAnswer> Commit(CommitRequest request);
  Task<FailAnswer> Fail(FailRequest request);

 private:
  // What of a GO is still to be done before anybody may act on it.
  Task<BeginRefreshAnswer> Secure(BeginRefreshRequest request, BeginRefreshAnswer answer);
  Task<void> Release(BeginRefreshRequest request, int64_t parent);
  // Fills in what a commit needs of the record that it succeeds: the token that it keeps, and what
  // a newer version sealed beside it.
  Task<absl::StatusOr<Secret>> Previous(CommitRequest* request);

  RedisParts parts_;
  CarriedFields carried_;
  prometheus::Counter& unreplicated_begins_;
};

}  // namespace tokenbroker

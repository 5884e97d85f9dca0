// Pages through all grants by the due index, in the order of shards and of names inside a shard,
// which no refresh changes: a grant that is there all the time is on one page. Loop thread only.
#pragma once

#include <string>
#include <vector>

#include "store/grant_store.h"
#include "store/redis_parts.h"

namespace tokenbroker {

class RedisListing {
 public:
  explicit RedisListing(RedisParts parts) : parts_(parts) {}

  // See GrantStore::List.
  Task<ListAnswer> List(GrantFilter filter, int page_size, std::string page);

  // The members of one shard that may match `filter`, in their order, those after `after` only.
  // For whoever walks over all records.
  struct Members {
    ListAnswer::Outcome outcome = ListAnswer::Outcome::kUnavailable;
    StoreTimeMark time;
    std::vector<std::string> names;
  };
  Task<Members> MembersOf(int shard, GrantFilter filter, std::string after);

  struct Records {
    ListAnswer::Outcome outcome = ListAnswer::Outcome::kUnavailable;
    StoreTimeMark time;
    // In the order of the names; empty ones for grants that are gone.
    std::vector<RecordFields> fields;
  };
  // kAll: deleted grants, too.
  enum class Show { kLiving, kAll };
  Task<Records> Load(int shard, std::vector<std::string> names, Show show);

 private:
  // One page in the making.
  struct Page {
    GrantFilter filter;
    size_t most = 0;
    size_t looks = 0;
    std::string last_seen;
    ListAnswer answer;
    bool full() const { return answer.grants.size() >= most || looks == 0; }
  };
  Task<Page> AddShard(Page page, int shard, std::string after);

  RedisParts parts_;
};

}  // namespace tokenbroker

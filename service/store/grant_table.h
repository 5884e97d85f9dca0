// The records of the in-memory store, and the two orders in which they are visited: when each is
// due, and by key. Loop thread only.
#pragma once

#include <absl/container/btree_map.h>
#include <absl/container/btree_set.h>
#include <absl/container/flat_hash_map.h>
#include <absl/time/time.h>
#include <absl/types/optional.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "store/grant_store.h"
#include "store/refresh_record.h"

namespace tokenbroker {

class GrantTable {
 public:
  // nullptr when there is none, or only a tombstone whose time has come. The pointer stays good
  // until the record is dropped.
  RefreshRecord* Find(const GrantKey& key, absl::Time now);
  // Makes an empty record, due never, when there is none.
  RefreshRecord& FindOrCreate(const GrantKey& key, absl::Time now);

  // When the record of `key` is due; InfiniteFuture: never, but it is listed all the same.
  void SetDue(const GrantKey& key, absl::Time due);
  // From when on the record is gone; InfiniteFuture: it stays.
  void SetEnd(const GrantKey& key, absl::Time end);

  // What of the provider is due. The cost is that of what it counts.
  DueBacklog BacklogOf(const std::string& provider, absl::Time now) const;
  // Pushes at most `limit` of the provider's records that are due ahead, soonest first, and hands
  // out what can be refreshed of them. The cost is that of what it pushes.
  std::vector<DueGrant> ClaimDue(const std::string& provider, int limit, absl::Time now,
                                 absl::Duration push);
  // See GrantStore::List. A page may be shorter than asked for though more follow.
  ListAnswer List(const GrantFilter& filter, int page_size, const std::string& page,
                  absl::Time now) const;
  // Drops a few of the records whose time has come, so that no call pays for all.
  void DropSomeEnded(absl::Time now);

  // Puts the record of `key` back to a copy, or takes it away.
  void Replace(const GrantKey& key, const absl::optional<RefreshRecord>& record);
  size_t size() const { return rows_.size(); }

 private:
  struct Row {
    RefreshRecord record;
    absl::Time due = absl::InfiniteFuture();
    absl::Time end = absl::InfiniteFuture();
  };
  using Schedule = absl::btree_set<std::pair<absl::Time, GrantKey>>;

  void Drop(const GrantKey& key);

  absl::btree_map<GrantKey, std::unique_ptr<Row>> rows_;
  // By provider; every row is in it.
  absl::flat_hash_map<std::string, Schedule> due_;
  // Only rows that end.
  Schedule ends_;
};

}  // namespace tokenbroker

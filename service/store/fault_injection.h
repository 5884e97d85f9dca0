// The bad days of the in-memory store, for tests: what a Redis that fails over, loses answers or
// stands still looks like through the ports. Loop thread only.
#pragma once

#include <absl/container/flat_hash_map.h>
#include <absl/container/flat_hash_set.h>
#include <absl/time/time.h>
#include <absl/types/optional.h>

#include <deque>
#include <map>

#include "store/grant_table.h"
#include "store/refresh_record.h"
#include "token/grant_key.h"

namespace tokenbroker {

enum class StoreVerb {
  kLoad,
  kBeginRefresh,
  kRenew,
  kCommit,
  kFail,
  kPutGrant,
  kClaimDue,
  kTouch,
  kList,
  kGetProviderState,
  kSetProviderState,
  kCreateLogin,
  kPeekLogin,
  kBeginExchange,
  kFinishExchange,
};

struct StoreFault {
  enum class What {
    kNone,
    kUnavailable,          // Not executed, answered kUnavailable.
    kLostAcknowledgement,  // Executed, answered kUnavailable.
    kExecutedLate,         // Answered kUnavailable at once, executed after `delay`.
    kAnsweredLate,         // Executed at once, answered after `delay`.
  };
  What what = What::kNone;
  // How long the call stands still before it is executed (or refused), unless `what` says else.
  absl::Duration delay = absl::ZeroDuration();
};

// Belongs to one MemoryStore. Without injected faults it has no effect.
class FaultInjection {
 public:
  // `grants` must outlive it.
  explicit FaultInjection(GrantTable& grants) : grants_(grants) {}

  // The next `count` calls of `verb` suffer `fault`, after those injected before.
  void Inject(StoreVerb verb, StoreFault fault, int count = 1);
  // Every verb but those with faults of their own, until Heal().
  void InjectEverywhere(StoreFault fault) { everywhere_ = fault; }
  // No verb suffers any more.
  void Heal();

  // What answers is empty or not ours: kNoStore from every verb.
  void BeginNoStore() { no_store_ = true; }
  void EndNoStore() { no_store_ = false; }
  // After a failover: kSettling from BeginRefresh, and for logins that inherit.
  void BeginSettling() { settling_ = true; }
  void EndSettling() { settling_ = false; }
  // Sealed with a key that we do not have: kUnreadable from BeginRefresh.
  void MakeUnreadable(const GrantKey& key) { unreadable_.insert(key); }
  void MakeReadable(const GrantKey& key) { unreadable_.erase(key); }

  // A failover that loses acknowledged writes: Rollback puts the record back to what it was at the
  // last Remember, to nothing when there was none.
  void Remember(const GrantKey& key, absl::Time now);
  void Rollback(const GrantKey& key);

  // How often the store was asked.
  int calls(StoreVerb verb) const {
    const auto it = calls_.find(verb);
    return it == calls_.end() ? 0 : it->second;
  }

  // For the store.
  StoreFault Take(StoreVerb verb);
  bool no_store() const { return no_store_; }
  bool settling() const { return settling_; }
  bool unreadable(const GrantKey& key) const { return unreadable_.contains(key); }

 private:
  struct Series {
    StoreFault fault;
    int left = 0;
  };

  GrantTable& grants_;
  std::map<StoreVerb, std::deque<Series>> series_;
  std::map<StoreVerb, int> calls_;
  StoreFault everywhere_;
  bool no_store_ = false;
  bool settling_ = false;
  absl::flat_hash_set<GrantKey, GrantKeyHash, GrantKeyEqual> unreadable_;
  absl::flat_hash_map<GrantKey, absl::optional<RefreshRecord>, GrantKeyHash, GrantKeyEqual>
      remembered_;
};

}  // namespace tokenbroker

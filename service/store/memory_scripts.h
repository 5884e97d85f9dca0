// The scripts of the refresh protocol over a GrantTable, one function each: what happens between a
// call's arrival and its answer, without a pause. Loop thread only.
#pragma once

#include <absl/time/time.h>

#include <vector>

#include "base/clock.h"
#include "store/fault_injection.h"
#include "store/grant_store.h"
#include "store/grant_table.h"
#include "store/refresh_record.h"

namespace tokenbroker {

// One execution.
struct MemoryScript {
  GrantTable& grants;
  const FaultInjection& faults;
  // The store's clock, in whole milliseconds, and the clock that not_after is read by.
  absl::Time time;
  SteadyTime steady;
  // What to publish when the script has ended.
  std::vector<Change> published;

  void Publish(const Grant& grant, ChangeKind kind) {
    published.push_back(Change{grant.key, grant.generation, kind});
  }
};

LoadAnswer RunLoad(MemoryScript& script, const GrantKey& key);
BeginRefreshAnswer RunBeginRefresh(MemoryScript& script, const BeginRefreshRequest& request);
RenewAnswer RunRenew(MemoryScript& script, const RenewRequest& request);
CommitAnswer RunCommit(MemoryScript& script, const CommitRequest& request);
FailAnswer RunFail(MemoryScript& script, const FailRequest& request);
PutGrantAnswer RunPutGrant(MemoryScript& script, const PutGrantRequest& request);

// The rule for storing what a login brought, shared by PutGrant and FinishExchange. kLost: it
// inherits a refresh token that is not there any more.
struct LoginWrite {
  Attempt attempt;
  int64_t generation = 0;
  // The refresh_token_generation to inherit; 0: `grant` brings its own or has none.
  int64_t expected = 0;
  Grant grant;
  // Whether inheriting a token that was replaced does harm.
  Replay replay = Replay::kHarmful;
};
PutGrantAnswer StoreLogin(MemoryScript& script, const LoginWrite& write);

// Moves the due entry to where the grant's own state and refresh_at say.
void ScheduleByGrant(MemoryScript& script, const RefreshRecord& record);

}  // namespace tokenbroker

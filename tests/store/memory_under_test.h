// The in-memory store, as the contract suite sees it.
#pragma once

#include <memory>

#include "store/memory_store.h"
#include "tests/store/offset_clock.h"
#include "tests/store/store_under_test.h"

namespace tokenbroker {

class MemoryStoreUnderTest : public StoreUnderTest {
 public:
  MemoryStoreUnderTest(Loop& loop, SimulatedClock& clock) : clock_(clock), store_(loop, clock_) {}

  GrantStore& grants() override { return store_; }
  LoginStore& logins() override { return store_; }
  absl::Time Now() override { return clock_.TimeNow(); }
  void JumpClock(absl::Duration d) override { clock_.Jump(d); }
  void Inject(StoreVerb verb, StoreFault fault) override { store_.faults().Inject(verb, fault); }
  void BeginNoStore() override { store_.faults().BeginNoStore(); }
  void BeginSettling() override { store_.faults().BeginSettling(); }
  void EndSettling() override { store_.faults().EndSettling(); }
  void MakeUnreadable(const GrantKey& key) override { store_.faults().MakeUnreadable(key); }
  void Remember(const GrantKey& key) override { store_.faults().Remember(key, Now()); }
  void Rollback(const GrantKey& key) override { store_.faults().Rollback(key); }
  void CutSubscription() override { store_.CutSubscription(); }
  void RestoreSubscription() override { store_.RestoreSubscription(); }

 private:
  OffsetClock clock_;
  MemoryStore store_;
};

inline StoreParam MemoryParam() {
  return {"Memory", [](Loop& loop, SimulatedClock& clock) {
            return std::make_unique<MemoryStoreUnderTest>(loop, clock);
          }};
}

}  // namespace tokenbroker

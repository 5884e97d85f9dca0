// What an implementation of the store ports shows to the contract suite: itself, its clock, and the
// bad days that the suite needs. A test instantiates the suites with a StoreParam of its own:
//
//   INSTANTIATE_TEST_SUITE_P(Memory, GrantStoreContract, ::testing::Values(StoreParam{...}));
#pragma once

#include <absl/functional/any_invocable.h>
#include <absl/time/time.h>

#include <functional>
#include <memory>
#include <ostream>
#include <string>

#include "base/clock.h"
#include "io/loop.h"
#include "store/fault_injection.h"
#include "store/grant_store.h"
#include "store/login_store.h"

namespace tokenbroker {

class StoreUnderTest {
 public:
  virtual ~StoreUnderTest() = default;

  virtual GrantStore& grants() = 0;
  virtual LoginStore& logins() = 0;

  // The store's clock. It goes on with the process' clock, but may be set.
  virtual absl::Time Now() = 0;
  virtual void JumpClock(absl::Duration d) = 0;

  virtual void Inject(StoreVerb verb, StoreFault fault) = 0;
  virtual void BeginNoStore() = 0;
  virtual void BeginSettling() = 0;
  virtual void EndSettling() = 0;
  virtual void MakeUnreadable(const GrantKey& key) = 0;
  virtual void Remember(const GrantKey& key) = 0;
  virtual void Rollback(const GrantKey& key) = 0;
  virtual void CutSubscription() = 0;
  virtual void RestoreSubscription() = 0;

  // Called when nothing is left to do on the loop: lets what is outside it go on, in real time.
  // False when nothing is under way there.
  virtual bool WaitOutside() { return false; }
};

struct StoreParam {
  std::string name;
  std::function<std::unique_ptr<StoreUnderTest>(Loop&, SimulatedClock&)> make;

  friend std::ostream& operator<<(std::ostream& out, const StoreParam& p) { return out << p.name; }
};

}  // namespace tokenbroker

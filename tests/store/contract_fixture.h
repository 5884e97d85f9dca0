// What the contract suites share: one store, one grant, and the protocol's verbs in the words of a
// test. Every call runs to its end before it returns.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/store/store_under_test.h"
#include "tests/support/loop_test.h"

namespace tokenbroker {

// Hears what a store publishes.
class ChangeRecorder : public ChangeListener {
 public:
  void OnChange(const Change& change) override { changes.push_back(change); }
  void OnCut() override { ++cuts; }
  void OnConnected() override { ++connections; }
  void OnServerChanged() override { ++server_changes; }

  std::vector<ChangeKind> Kinds() const {
    std::vector<ChangeKind> kinds;
    for (const Change& change : changes) kinds.push_back(change.kind);
    return kinds;
  }

  std::vector<Change> changes;
  int cuts = 0;
  int connections = 0;
  int server_changes = 0;
};

class StoreContract : public LoopTest, public ::testing::WithParamInterface<StoreParam> {
 protected:
  using Begun = BeginRefreshAnswer::Outcome;
  using Renewed = RenewAnswer::Outcome;
  using Committed = CommitAnswer::Outcome;
  using Failed = FailAnswer::Outcome;
  using Put = PutGrantAnswer::Outcome;

  StoreContract();

  template <typename T>
  T Do(Task<T> task) {
    Future<T> result = Start(std::move(task));
    while (!result->has_value() && WaitForATimer()) Settle();
    if (result->has_value()) return std::move(**result);
    ADD_FAILURE() << "the call waits for ever";
    std::abort();
  }

  // The time stands still while calls wait for a server.
  void Settle() override {
    LoopTest::Settle();
    while (store_ != nullptr && store_->WaitOutside()) LoopTest::Settle();
  }

  GrantStore& grants() { return store_->grants(); }
  absl::Time Now() { return store_->Now(); }
  int64_t NowMs() { return absl::ToUnixMillis(Now()); }
  SteadyTime Soon() { return clock_.SteadyNow() + absl::Seconds(10); }

  // A grant as a login brings it, due in 50 minutes.
  Grant SampleGrant(const std::string& refresh_token = "rt-1");
  // What a refresh brought, made from the grant that was refreshed.
  static Grant Refreshed(Grant grant, const std::string& refresh_token);
  // Stores SampleGrant() as a login and gives back what is stored.
  Grant LogIn(const std::string& refresh_token = "rt-1");
  Grant Stored();
  LoadAnswer Load() { return Do(grants().Load(key_)); }

  BeginRefreshAnswer Begin(int64_t known, const Attempt& attempt, Despite despite = {},
                           Demand demand = Demand::kBackground);
  // Begin that must say GO.
  BeginRefreshAnswer Go(int64_t known, const Attempt& attempt, Despite despite = {});
  RenewAnswer Renew(const BeginRefreshAnswer& begun, const Attempt& attempt);
  CommitAnswer Commit(const BeginRefreshAnswer& begun, const Attempt& attempt,
                      const std::string& refresh_token, Demand demand = Demand::kBackground);
  CommitRequest CommitOf(const BeginRefreshAnswer& begun, const Attempt& attempt,
                         const std::string& refresh_token);
  FailAnswer Fail(const BeginRefreshAnswer& begun, const Attempt& attempt, Delivery delivery,
                  ErrorClass error_class = ErrorClass::kNone, absl::Time until = absl::Time());
  PutGrantAnswer PutOf(PutKind kind, const Attempt& attempt, int64_t generation, Grant record,
                       int64_t expected = 0);
  // Moves the store's clock on until no lease is held.
  void LetTheLeaseExpire() { Advance(kLease); }
  static Despite DespiteOf(const Attempt& orphan) {
    return {Despite::What::kUnknownAttempt, orphan};
  }
  std::vector<GrantKey> Claim(int limit = 100);

  const GrantKey key_{"default", "spotify", "user-42/home"};
  std::unique_ptr<StoreUnderTest> store_;

 private:
  // Lets the time go on to the next timer; false when there is none.
  bool WaitForATimer();
};

}  // namespace tokenbroker

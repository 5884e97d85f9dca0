// The embedded store: grants and logins in this process' memory, for demonstrations, development
// and tests. Everything is lost with the process. Loop thread only.
//
// It behaves as the Redis store does, and passes the same contract suite: no call completes inline,
// times are whole milliseconds of the store's own clock, change messages come by the loop.
//
//   MemoryStore store(loop, Clock::Real());
//   store.faults().Inject(StoreVerb::kCommit, {StoreFault::What::kLostAcknowledgement});
#pragma once

#include <absl/container/flat_hash_map.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "io/loop.h"
#include "io/task.h"
#include "store/fault_injection.h"
#include "store/grant_store.h"
#include "store/grant_table.h"
#include "store/login_store.h"
#include "store/login_table.h"

namespace tokenbroker {

class MemoryStore : public GrantStore, public LoginStore {
 public:
  // `clock` is the store's own: what the protocol calls TIME. Both must outlive the store, and the
  // store every call to it.
  MemoryStore(Loop& loop, Clock& clock);
  ~MemoryStore() override;

  // For tests.
  FaultInjection& faults() { return faults_; }
  // Messages are lost while the subscription is cut.
  void CutSubscription();
  void RestoreSubscription();
  // Tells what is told after a failover; what was lost is FaultInjection::Rollback's.
  void ChangeServer();
  // As FaultInjection's Remember and Rollback, of all pending logins.
  void RememberLogins() { remembered_logins_ = logins_; }
  void RollBackLogins() { logins_ = remembered_logins_; }
  void SetLiveReplicas(int n) { live_replicas_ = n; }
  size_t grant_records() const { return grants_.size(); }
  size_t login_records() const { return logins_.size(); }

  Task<LoadAnswer> Load(GrantKey key) override;
  Task<BeginRefreshAnswer> BeginRefresh(BeginRefreshRequest request) override;
  Task<RenewAnswer> Renew(RenewRequest request) override;
  Task<CommitAnswer> Commit(CommitRequest request) override;
  Task<FailAnswer> Fail(FailRequest request) override;
  Task<PutGrantAnswer> PutGrant(PutGrantRequest request) override;
  Task<ClaimAnswer> ClaimDue(std::string provider, int limit, absl::Duration push) override;
  Task<bool> Touch(std::vector<std::pair<GrantKey, absl::Time>> uses) override;
  Task<ListAnswer> List(GrantFilter filter, int page_size, std::string page) override;
  Task<KeyUsageAnswer> CountKeyUsage() override;
  Task<ProviderStateAnswer> GetProviderState(std::string provider) override;
  Task<ProviderStateAnswer> SetProviderState(std::string provider, ProviderChange change) override;
  int LiveReplicas() override { return live_replicas_; }
  // Any number of listeners: several brokers may share one store.
  void Subscribe(ChangeListener* listener) override;

  std::string StatePrefix(const GrantKey& key) override;
  Task<CreateLoginAnswer> CreateLogin(std::string state, Login login) override;
  Task<BeginExchangeAnswer> PeekLogin(std::string state) override;
  Task<BeginExchangeAnswer> BeginExchange(BeginExchangeRequest request) override;
  Task<FinishExchangeAnswer> FinishExchange(FinishExchangeRequest request) override;

 private:
  enum class Subscription { kConnected, kCut };

  // Runs `script` after a turn of the loop, as the faults of `verb` have it.
  template <typename Answer, typename Script>
  Task<Answer> Call(StoreVerb verb, Script script);
  template <typename Answer, typename Script>
  Answer Execute(Script& script);
  Task<void> Arrive(absl::Duration delay);
  void Publish(std::vector<Change> changes);
  // Calls `tell` for each listener from the loop.
  template <typename Tell>
  void PostToListeners(Tell tell);

  Loop& loop_;
  Clock& clock_;
  GrantTable grants_;
  LoginTable logins_;
  LoginTable remembered_logins_;
  absl::flat_hash_map<std::string, ProviderState> provider_states_;
  FaultInjection faults_{grants_};
  int live_replicas_ = 1;
  Subscription subscription_ = Subscription::kConnected;
  // Work that is posted holds it weakly, and so knows when the store has gone.
  std::shared_ptr<std::vector<ChangeListener*>> listeners_;
};

}  // namespace tokenbroker

// One process's connection to the store: calls take a while, get lost on the way there or back, or
// are executed long after everybody gave up on them. In order, while nothing is wrong.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "io/event.h"
#include "tests/simulation/network.h"
#include "tests/simulation/store_server.h"

namespace tokenbroker::simulation {

// Loop thread of the process only. All must outlive it, and the loop's tasks must be dropped first.
class StoreLink : public GrantStore, public LoginStore {
 public:
  StoreLink(Loop& loop, Network& network, StoreServer& server, Process self)
      : loop_(loop), network_(network), server_(server), self_(self) {}
  ~StoreLink() override;

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
  int LiveReplicas() override { return 1; }
  void Subscribe(ChangeListener* listener) override;

  std::string StatePrefix(const GrantKey&) override { return ""; }
  Task<CreateLoginAnswer> CreateLogin(std::string state, Login login) override;
  Task<BeginExchangeAnswer> PeekLogin(std::string state) override;
  Task<BeginExchangeAnswer> BeginExchange(BeginExchangeRequest request) override;
  Task<FinishExchangeAnswer> FinishExchange(FinishExchangeRequest request) override;

 private:
  template <typename Answer>
  struct Reply;

  // `name` as in a plan (plan.h).
  template <typename Answer, typename Execute>
  Task<Answer> Call(absl::string_view name, Execute execute);

  Loop& loop_;
  Network& network_;
  StoreServer& server_;
  const Process self_;
};

}  // namespace tokenbroker::simulation

// One process of the broker: the real use cases over this world's store, provider and disk. Its end
// is a crash: whatever it held in memory, and every coroutine wherever it waits, is gone.
#pragma once

#include <memory>

#include "broker/grant_admin.h"
#include "broker/logins.h"
#include "broker/refresher.h"
#include "broker/spill_recovery.h"
#include "broker/token_broker.h"
#include "tests/simulation/disk.h"
#include "tests/simulation/provider.h"
#include "tests/simulation/store_link.h"
#include "tests/support/fake_provider_resolver.h"

namespace tokenbroker::simulation {

// What all processes share.
struct Surroundings {
  Scheduler& scheduler;
  Network& network;
  StoreServer& server;
  Provider& provider;
  History& history;
  const Plan& plan;
  Metrics& metrics;
};

class Replica {
 public:
  Replica(const Surroundings& around, Disk& disk, Process self);
  ~Replica();

  const Process& self() const { return self_; }
  Scheduler::Actor& actor() { return actor_; }

  // A caller asks and writes down what it is told. `rejected`: the generation that the resource
  // server refused; 0: none.
  void Ask(int grant, absl::Duration patience, int64_t rejected, bool in_the_end);
  // The user comes back with `code` from a login that began here.
  void BeginLogin(int grant, absl::AnyInvocable<void(std::string state)> begun);
  void EndLogin(std::string state, std::string code);
  void Revoke(int grant);
  void Delete(int grant);

 private:
  static Snapshot MakeSnapshot(const std::shared_ptr<const ProviderConfig>& config);
  Task<void> RunBeginLogin(GrantKey key, absl::AnyInvocable<void(std::string)> begun);
  Task<void> RunEndLogin(std::string state, std::string code);
  Task<void> RunRevoke(GrantKey key);
  Task<void> RunDelete(GrantKey key);

  const Surroundings around_;
  const Process self_;
  Loop loop_;
  Scheduler::Actor actor_;
  std::shared_ptr<const ResolvedProvider> resolved_;
  FixedConfig config_;
  StoreLink store_;
  DiskSpill spill_;
  ProviderLink endpoint_;
  FakeProviderResolver resolver_;
  TokenCache cache_{64};
  Jitter jitter_;
  BrokerParts parts_;
  TokenBroker broker_;
  Logins logins_;
  GrantAdmin admin_;
  Refresher refresher_;
};

}  // namespace tokenbroker::simulation

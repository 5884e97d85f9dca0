// The store that all replicas share: the real in-memory one, with what happens to a Redis around
// it: replicas that lag, failovers that un-do what they lack, a time in which it settles. Executes
// a call at once, and writes down what it changed.
#pragma once

#include <absl/functional/any_invocable.h>

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "store/memory_store.h"
#include "tests/simulation/history.h"
#include "tests/simulation/scheduler.h"

namespace tokenbroker::simulation {

class StoreServer : public ChangeListener {
 public:
  // All must outlive it.
  StoreServer(Scheduler& scheduler, History& history);
  ~StoreServer() override { loop_.DropTasks(); }

  // One call by a replica, executed now.
  LoadAnswer Load(const Process& by, const GrantKey& key);
  BeginRefreshAnswer BeginRefresh(const Process& by, const BeginRefreshRequest& request);
  RenewAnswer Renew(const Process& by, const RenewRequest& request);
  CommitAnswer Commit(const Process& by, const CommitRequest& request);
  FailAnswer Fail(const Process& by, const FailRequest& request);
  PutGrantAnswer PutGrant(const Process& by, const PutGrantRequest& request);
  BeginExchangeAnswer BeginExchange(const Process& by, const BeginExchangeRequest& request);
  FinishExchangeAnswer FinishExchange(const Process& by, const FinishExchangeRequest& request);
  // A process begins to store what a login brought; told before the call is sent.
  void NoteBrought(const Process& by, const FinishExchangeRequest& request);
  // Any other.
  template <typename Answer>
  Answer Execute(Task<Answer> task) {
    absl::optional<Answer> answer;
    loop_.Spawn(Keep(std::move(task), &answer));
    while (!answer) loop_.Poll();
    // What it publishes.
    while (loop_.Poll() > 0) {
    }
    return *std::move(answer);
  }
  MemoryStore& store() { return store_; }

  // From now on nothing that is written is anywhere else, until one of the next two.
  void BeginLag();
  void CatchUp() { lagging_ = false; }
  // What was written since BeginLag never was. Nobody answers before Recover.
  void Crash();
  // Another server answers, and settles for a lease.
  void Recover();
  // The clock jumps back.
  void SetClockBack(absl::Duration by) { wall_.back += by; }
  bool away() const { return away_; }

  // Who hears of changes; `heard` is called inside a step of the store's.
  using Hear = absl::AnyInvocable<void(const Change&)>;
  void Listen(int replica, Hear heard) { listeners_[replica] = std::move(heard); }

  void OnChange(const Change& change) override;
  void OnCut() override {}
  void OnConnected() override {}
  void OnServerChanged() override {}

 private:
  template <typename T>
  static Task<void> Keep(Task<T> task, absl::optional<T>* result) {
    T value = co_await std::move(task);
    result->emplace(std::move(value));
  }
  // The token that is stored for the grant.
  int TokenNow(int grant) const;
  Write& Wrote(const Process& by, const GrantKey& key, Write::Kind kind, const Attempt& attempt,
               int64_t generation, int token);
  // Who asked is told that it is not known.
  void Unacknowledged(const Attempt& attempt);
  // It was executed, with effect.
  void NoteWhen(const Process& by, SteadyTime not_after);
  // When its access token dies.
  absl::optional<SteadyTime> DeathOf(const Grant& grant);

  // What is told the time by TIME.
  class ServersClock : public Clock {
   public:
    explicit ServersClock(const Clock& base) : base_(base) {}
    absl::Time TimeNow() const override { return base_.TimeNow() - back; }
    SteadyTime SteadyNow() const override { return base_.SteadyNow(); }
    absl::Duration back;

   private:
    const Clock& base_;
  };

  Scheduler& scheduler_;
  History& history_;
  Loop loop_;
  ServersClock wall_;
  MemoryStore store_;
  std::map<int, Hear> listeners_;
  bool lagging_ = false;
  bool away_ = false;
  int servers_ = 1;
  SteadyTime lag_since_;
};

}  // namespace tokenbroker::simulation

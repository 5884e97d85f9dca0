// What lies between the processes, the store and the provider: who lives, what is cut, how long
// things take. One thread.
#pragma once

#include <absl/functional/any_invocable.h>
#include <absl/strings/string_view.h>
#include <absl/time/time.h>

#include <utility>
#include <vector>

#include "store/grant_store.h"
#include "tests/simulation/history.h"
#include "tests/simulation/plan.h"
#include "tests/simulation/scheduler.h"

namespace tokenbroker::simulation {

class Network {
 public:
  // What becomes of a call to the store.
  struct Fate {
    // kOvertaken: as the next one sent may be executed, and answered, before it. kLate: and nobody
    // is told.
    enum class Kind { kArrives, kLostThere, kLostBack, kLate, kOvertaken };
    Kind kind = Kind::kArrives;
    absl::Duration there;
    absl::Duration back;
  };

  Network(Scheduler& scheduler, uint64_t seed);

  Scheduler& scheduler() { return scheduler_; }
  SteadyTime Now() const { return scheduler_.Now(); }

  // A process begins and ends; what is on its way to one that has ended is dropped.
  void Begin(const Process& process, Scheduler::Actor* actor);
  void End(int replica);
  // `work` runs in the process, at `t` or when it goes on after that.
  void Tell(const Process& process, SteadyTime t, absl::AnyInvocable<void()> work);

  Fate FateOfStoreCall(int replica, absl::string_view call);
  // What the plan says of one call is to befall the next one of that name, or all for a while.
  void Arrange(const Happening& mishap);
  // Called with each that befell a call.
  void TellOfMishaps(absl::AnyInvocable<void(const Happening&)> tell) { tell_ = std::move(tell); }
  // Of each kind the first.
  std::vector<Happening> TakeMishaps(int replica, absl::string_view call);
  // When a call that is sent now arrives, after those that were sent before; and the way back.
  SteadyTime ArrivalAtStore(int replica, absl::Duration delay);
  SteadyTime ArrivalFromStore(int replica, absl::Duration delay);

  // The process's subscription to the store's changes.
  void Subscribe(const Process& process, ChangeListener* listener);
  // A message of the store's, to all that are not cut off.
  void Publish(int replica, const Change& change);
  void CutFeed(int replica, absl::Duration length);
  void TellOfAnotherServer(int replica);

  void MakeFlaky(int replica, absl::Duration length) { links_[replica].flaky = Now() + length; }
  void TakeStoreAway(int replica, absl::Duration length) { links_[replica].away = Now() + length; }
  // From now on nothing goes wrong.
  void Mend();

 private:
  struct Mishap {
    Happening what;
    SteadyTime until;
  };
  struct Link {
    Process process;
    Scheduler::Actor* actor = nullptr;
    ChangeListener* listener = nullptr;
    SteadyTime flaky = SteadyTime::InfinitePast();
    SteadyTime away = SteadyTime::InfinitePast();
    SteadyTime cut = SteadyTime::InfinitePast();
    SteadyTime last_there = SteadyTime::InfinitePast();
    SteadyTime last_back = SteadyTime::InfinitePast();
    SteadyTime last_change = SteadyTime::InfinitePast();
    std::vector<Mishap> mishaps;
  };

  SteadyTime InOrder(SteadyTime* last, absl::Duration delay);
  absl::Duration Usual();

  Scheduler& scheduler_;
  Dice dice_;
  absl::AnyInvocable<void(const Happening&)> tell_;
  Link links_[kReplicas];
};

}  // namespace tokenbroker::simulation

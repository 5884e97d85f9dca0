// Decides what happens next: of all loops that have something to do and all messages that have
// arrived by the simulated clock, the dice pick one, which does one step. A loop that stands still
// keeps what it is sent for later, like a stopped process.
//
// One thread. Loops register themselves by an Actor, and leave by its end.
#pragma once

#include <absl/functional/any_invocable.h>
#include <absl/time/time.h>

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "io/loop.h"
#include "tests/simulation/dice.h"

namespace tokenbroker::simulation {

class Scheduler {
 public:
  explicit Scheduler(uint64_t seed) : dice_(seed, "scheduler") {}
  Scheduler(const Scheduler&) = delete;
  Scheduler& operator=(const Scheduler&) = delete;

  // A loop that takes part.
  class Actor {
   public:
    Actor(Scheduler& scheduler, Loop& loop) : scheduler_(scheduler), loop_(loop) {
      scheduler_.actors_.push_back(this);
    }
    ~Actor();
    Actor(const Actor&) = delete;
    Actor& operator=(const Actor&) = delete;

    // From outside the loop; runs when the dice say so, after what was posted before.
    void Post(absl::AnyInvocable<void()> work) {
      loop_.Post(std::move(work));
      may_be_ready_ = true;
    }
    void Spawn(Task<void> task) {
      loop_.Spawn(std::move(task));
      may_be_ready_ = true;
    }
    // Until `t` it does nothing.
    void StandStill(SteadyTime t) { still_until_ = t; }
    bool stands_still(SteadyTime now) const { return now < still_until_; }

   private:
    friend class Scheduler;
    bool CanStep(SteadyTime now) const;
    bool Step();

    Scheduler& scheduler_;
    Loop& loop_;
    bool may_be_ready_ = true;
    SteadyTime still_until_ = SteadyTime::InfinitePast();
  };

  SimulatedClock& clock() { return clock_; }
  SteadyTime Now() const { return clock_.SteadyNow(); }
  // `work` happens at `t`, in a step of its own.
  void At(SteadyTime t, absl::AnyInvocable<void()> work);
  void After(absl::Duration d, absl::AnyInvocable<void()> work) { At(Now() + d, std::move(work)); }

  // Lets everything happen up to `end`.
  void RunUntil(SteadyTime end);

  uint64_t steps() const { return steps_; }
  // How often there was more than one thing that could come next.
  uint64_t choices() const { return choices_; }
  // Of everything that was chosen: two runs with the same value went the same way.
  uint64_t path() const { return path_; }

 private:
  SteadyTime NextTime() const;
  void TakeStep(const std::vector<Actor*>& ready, size_t arrived);

  SimulatedClock clock_;
  Dice dice_;
  std::vector<Actor*> actors_;
  // By time, then by chance.
  std::map<std::pair<SteadyTime, uint64_t>, absl::AnyInvocable<void()>> messages_;
  uint64_t sent_ = 0;
  uint64_t steps_ = 0;
  uint64_t choices_ = 0;
  uint64_t path_ = 0;
};

}  // namespace tokenbroker::simulation

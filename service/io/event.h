// An event that happens once and that any number of tasks wait for, each with its own deadline.
#pragma once

#include <absl/container/inlined_vector.h>
#include <absl/types/optional.h>

#include "io/loop.h"

namespace tokenbroker {

// Loop thread only. Must outlive its waiters' suspension: hold it by shared_ptr where a waiter may
// outlive the one who notifies.
class Event {
 public:
  // `loop` must outlive the event.
  explicit Event(Loop& loop) : loop_(loop) {}
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;

  // Wakes every waiter, now and later. Idempotent.
  void Notify();
  bool notified() const { return notified_; }
  size_t waiters() const { return waiting_.size(); }

  // What a task awaits.
  class Waiting {
   public:
    Waiting(Event& event, SteadyTime deadline) : event_(event), deadline_(deadline) {}
    bool await_ready() const;
    void await_suspend(Loop::Sleeper sleeper);
    bool await_resume();

   private:
    Event& event_;
    const SteadyTime deadline_;
    absl::optional<Loop::TimerId> timer_;
  };
  // True once notified, false when the steady clock reached `deadline` first: at once when it had.
  Waiting WaitUntil(SteadyTime deadline) { return {*this, deadline}; }
  Waiting Wait() { return WaitUntil(SteadyTime::InfiniteFuture()); }

 private:
  // Its time is over, unless it was woken.
  void GiveUp(Loop::Sleeper sleeper);

  Loop& loop_;
  bool notified_ = false;
  // Most events have one waiter.
  absl::InlinedVector<Loop::Sleeper, 1> waiting_;
};

}  // namespace tokenbroker

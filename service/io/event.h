// An event that happens once and that any number of tasks wait for, each with its own deadline.
#pragma once

#include <memory>
#include <vector>

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

  // True once notified, false when the steady clock reached `deadline` first: at once when it had.
  Task<bool> WaitUntil(SteadyTime deadline);
  Task<void> Wait();

 private:
  // False when it is not among those who wait.
  bool Forget(Loop::Sleeper sleeper);

  Loop& loop_;
  bool notified_ = false;
  std::vector<Loop::Sleeper> waiting_;
};

}  // namespace tokenbroker

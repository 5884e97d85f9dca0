// Counts work that goes on after its caller is gone, so that a shutdown can wait for it.
#pragma once

#include <memory>
#include <utility>

#include "io/event.h"
#include "io/loop.h"

namespace tokenbroker {

// Loop thread only. Must outlive its tickets.
class InFlight {
 public:
  explicit InFlight(Loop& loop) : loop_(loop) {}
  InFlight(const InFlight&) = delete;
  InFlight& operator=(const InFlight&) = delete;

  // One piece of work; over when it goes out of scope.
  class Ticket {
   public:
    explicit Ticket(InFlight& in_flight) : in_flight_(&in_flight) { ++in_flight_->count_; }
    Ticket(Ticket&& other) noexcept : in_flight_(std::exchange(other.in_flight_, nullptr)) {}
    Ticket& operator=(Ticket&&) = delete;
    ~Ticket() {
      if (in_flight_ != nullptr) in_flight_->End();
    }

   private:
    InFlight* in_flight_;
  };

  size_t count() const { return count_; }

  // True when nothing was left, false when `deadline` came first.
  Task<bool> WaitUntilNone(SteadyTime deadline) {
    while (count_ > 0) {
      if (none_ == nullptr) none_ = std::make_shared<Event>(loop_);
      const std::shared_ptr<Event> none = none_;
      const bool notified = co_await none->WaitUntil(deadline);
      if (!notified) co_return false;
    }
    co_return true;
  }

 private:
  void End() {
    if (--count_ > 0 || none_ == nullptr) return;
    none_->Notify();
    none_ = nullptr;
  }

  Loop& loop_;
  size_t count_ = 0;
  std::shared_ptr<Event> none_;
};

}  // namespace tokenbroker

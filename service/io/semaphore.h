// A bound on how many tasks do a thing at once; waiters are served in the order they came.
#pragma once

#include <deque>
#include <memory>

#include "io/event.h"

namespace tokenbroker {

// Loop thread only.
class Semaphore {
 public:
  Semaphore(Loop& loop, int permits) : loop_(loop), total_(permits), free_(permits) {}
  Semaphore(const Semaphore&) = delete;
  Semaphore& operator=(const Semaphore&) = delete;

  // A permit, given back when it goes out of scope.
  class Permit {
   public:
    Permit() = default;
    explicit Permit(Semaphore* semaphore) : semaphore_(semaphore) {}
    Permit(Permit&& other) noexcept : semaphore_(std::exchange(other.semaphore_, nullptr)) {}
    Permit& operator=(Permit&& other) noexcept {
      std::swap(semaphore_, other.semaphore_);
      return *this;
    }
    ~Permit() {
      if (semaphore_ != nullptr) semaphore_->Release();
    }
    explicit operator bool() const { return semaphore_ != nullptr; }

   private:
    Semaphore* semaphore_ = nullptr;
  };

  // A false permit when the deadline came first.
  Task<Permit> AcquireUntil(SteadyTime deadline);
  // Below zero while more permits are out than a Resize left.
  int free_permits() const { return free_; }
  // From now on there are `permits` in all; those that are out stay valid.
  void Resize(int permits);

 private:
  void Release();
  void ServeQueue();

  Loop& loop_;
  int total_;
  int free_;
  std::deque<std::shared_ptr<Event>> queue_;
};

}  // namespace tokenbroker

#include "io/semaphore.h"

#include <algorithm>

namespace tokenbroker {

Task<Semaphore::Permit> Semaphore::AcquireUntil(SteadyTime deadline) {
  if (free_ > 0) {
    --free_;
    co_return Permit(this);
  }
  auto turn = std::make_shared<Event>(loop_);
  queue_.push_back(turn);
  co_await turn->WaitUntil(deadline);
  // Notified, also when the deadline passed at the same moment: the permit is already ours.
  if (turn->notified()) co_return Permit(this);
  queue_.erase(std::remove(queue_.begin(), queue_.end(), turn), queue_.end());
  co_return Permit();
}

void Semaphore::Resize(int permits) {
  free_ += permits - total_;
  total_ = permits;
  ServeQueue();
}

void Semaphore::Release() {
  ++free_;
  ServeQueue();
}

void Semaphore::ServeQueue() {
  while (free_ > 0 && !queue_.empty()) {
    --free_;
    queue_.front()->Notify();
    queue_.pop_front();
  }
}

}  // namespace tokenbroker

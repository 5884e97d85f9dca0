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

void Semaphore::Release() {
  if (queue_.empty()) {
    ++free_;
    return;
  }
  queue_.front()->Notify();
  queue_.pop_front();
}

}  // namespace tokenbroker

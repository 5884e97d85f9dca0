#include "io/event.h"

#include <algorithm>
#include <utility>

namespace tokenbroker {

void Event::Notify() {
  notified_ = true;
  for (const Loop::Sleeper sleeper : std::exchange(waiting_, {})) loop_.Wake(sleeper);
}

Task<bool> Event::WaitUntil(SteadyTime deadline) {
  if (notified_) co_return true;
  if (deadline <= loop_.clock().SteadyNow()) co_return false;
  const Loop::Sleeper sleeper = loop_.NewSleeper();
  waiting_.push_back(sleeper);
  const bool bounded = deadline != SteadyTime::InfiniteFuture();
  Loop::TimerId timer;
  if (bounded) {
    timer = loop_.CallAt(deadline, [this, sleeper] {
      if (Forget(sleeper)) loop_.Wake(sleeper);
    });
  }
  co_await loop_.Suspend(sleeper);
  if (bounded) loop_.Cancel(timer);
  co_return notified_;
}

Task<void> Event::Wait() { co_await WaitUntil(SteadyTime::InfiniteFuture()); }

bool Event::Forget(Loop::Sleeper sleeper) {
  const auto it = std::find(waiting_.begin(), waiting_.end(), sleeper);
  if (it == waiting_.end()) return false;
  waiting_.erase(it);
  return true;
}

}  // namespace tokenbroker

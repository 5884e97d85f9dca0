#include "io/event.h"

#include <algorithm>
#include <utility>

namespace tokenbroker {

void Event::Notify() {
  notified_ = true;
  for (const Loop::Sleeper sleeper : std::exchange(waiting_, {})) loop_.Wake(sleeper);
}

void Event::GiveUp(Loop::Sleeper sleeper) {
  const auto it = std::find(waiting_.begin(), waiting_.end(), sleeper);
  if (it == waiting_.end()) return;
  waiting_.erase(it);
  loop_.Wake(sleeper);
}

bool Event::Waiting::await_ready() const {
  return event_.notified_ || deadline_ <= event_.loop_.clock().SteadyNow();
}

void Event::Waiting::await_suspend(Loop::Sleeper sleeper) {
  event_.waiting_.push_back(sleeper);
  if (deadline_ == SteadyTime::InfiniteFuture()) return;
  timer_ = event_.loop_.CallAt(deadline_, [event = &event_, sleeper] { event->GiveUp(sleeper); });
}

bool Event::Waiting::await_resume() {
  if (timer_) event_.loop_.Cancel(*timer_);
  return event_.notified_;
}

}  // namespace tokenbroker

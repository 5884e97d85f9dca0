#include "tests/simulation/scheduler.h"

#include <algorithm>

namespace tokenbroker::simulation {

Scheduler::Actor::~Actor() {
  auto& actors = scheduler_.actors_;
  actors.erase(std::remove(actors.begin(), actors.end(), this), actors.end());
}

bool Scheduler::Actor::CanStep(SteadyTime now) const {
  if (stands_still(now)) return false;
  const absl::optional<SteadyTime> timer = loop_.NextTimer();
  return may_be_ready_ || (timer && *timer <= now);
}

// One handler; when there is none, the timers that are due. False when nothing happened.
bool Scheduler::Actor::Step() {
  loop_.context().restart();
  if (loop_.context().poll_one() > 0) return true;
  may_be_ready_ = false;
  if (loop_.FireTimers() == 0) return false;
  may_be_ready_ = true;
  return true;
}

void Scheduler::At(SteadyTime t, absl::AnyInvocable<void()> work) {
  // The high bits of the tie are thrown, the low ones keep it unique.
  const uint64_t tie = (dice_.Next() << 24) | (sent_++ & 0xffffff);
  messages_.emplace(std::make_pair(std::max(t, Now()), tie), std::move(work));
}

SteadyTime Scheduler::NextTime() const {
  SteadyTime next = SteadyTime::InfiniteFuture();
  if (!messages_.empty()) next = messages_.begin()->first.first;
  for (const Actor* actor : actors_) {
    const absl::optional<SteadyTime> timer = actor->loop_.NextTimer();
    // What it was sent waits for it to go on.
    const SteadyTime wants = actor->may_be_ready_ ? Now() : timer.value_or(next);
    next = std::min(next, std::max(wants, actor->still_until_));
  }
  return next;
}

void Scheduler::RunUntil(SteadyTime end) {
  std::vector<Actor*> ready;
  for (;;) {
    const SteadyTime now = Now();
    ready.clear();
    for (Actor* actor : actors_) {
      if (actor->CanStep(now)) ready.push_back(actor);
    }
    const size_t arrived = !messages_.empty() && messages_.begin()->first.first <= now ? 1 : 0;
    if (ready.size() + arrived > 0) {
      TakeStep(ready, arrived);
      continue;
    }
    const SteadyTime next = NextTime();
    if (next > end) break;
    clock_.AdvanceTime(next - now);
  }
  if (end > Now()) clock_.AdvanceTime(end - Now());
}

void Scheduler::TakeStep(const std::vector<Actor*>& ready, size_t arrived) {
  const size_t options = ready.size() + arrived;
  const size_t choice = options == 1 ? 0 : dice_.Below(options);
  if (options > 1) ++choices_;
  if (choice < ready.size()) {
    if (!ready[choice]->Step()) return;
  } else {
    auto first = messages_.begin();
    absl::AnyInvocable<void()> work = std::move(first->second);
    messages_.erase(first);
    work();
  }
  ++steps_;
  path_ = (path_ ^ (choice + 1 + (options << 8))) * 0x100000001b3;
  path_ ^= static_cast<uint64_t>(absl::ToInt64Microseconds(Now().since_origin()));
}

}  // namespace tokenbroker::simulation

#include "io/loop.h"

#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>
#include <chrono>
#include <utility>

namespace tokenbroker {

namespace asio = boost::asio;

Loop::Loop(Clock& clock, Timers timers)
    : clock_(clock),
      mode_(timers),
      context_(1),
      work_(asio::make_work_guard(context_)),
      alarm_(context_) {}

void Loop::Post(absl::AnyInvocable<void()> work) {
  asio::post(context_, [work = std::move(work)]() mutable { work(); });
}

struct Loop::Spawned::promise_type : SpawnedHook, PooledFrame {
  promise_type(Loop& loop, const Task<void>&) {
    frame = std::coroutine_handle<promise_type>::from_promise(*this);
    loop.spawned_.push_back(*this);
  }
  Spawned get_return_object() const { return {}; }
  std::suspend_never initial_suspend() const noexcept { return {}; }
  // Destroys the frame.
  std::suspend_never final_suspend() const noexcept { return {}; }
  void return_void() const {}
  void unhandled_exception() const noexcept { EndProcessForException(); }
};

Loop::Spawned Loop::RunToItsEnd(Task<void> task) { co_await std::move(task); }

void Loop::Spawn(Task<void> task) {
  asio::dispatch(context_,
                 [this, task = std::move(task)]() mutable { RunToItsEnd(std::move(task)); });
}

namespace {

// Suspends the task that awaits it until the time has come.
struct SleepAwaiter {
  bool await_ready() const noexcept { return false; }
  void await_suspend(Loop::Sleeper sleeper) const {
    loop.CallAt(until, [&on = loop, sleeper] { on.Wake(sleeper); });
  }
  void await_resume() const noexcept {}
  Loop& loop;
  SteadyTime until;
};

}  // namespace

Task<void> Loop::SleepUntil(SteadyTime t) { co_await SleepAwaiter{*this, t}; }

Task<void> Loop::Sleep(absl::Duration d) { return SleepUntil(clock_.SteadyNow() + d); }

void Loop::Wake(Sleeper sleeper) {
  if (drops_tasks_) return;
  asio::post(context_, [sleeper] { sleeper.resume(); });
}

Loop::TimerId Loop::CallAt(SteadyTime t, absl::AnyInvocable<void()> work) {
  const TimerId id(t, next_timer_++);
  const bool first = timers_.empty() || id < timers_.begin()->first;
  timers_.emplace(id, std::move(work));
  if (first) Arm();
  return id;
}

void Loop::Cancel(const TimerId& id) { timers_.erase(id); }

void Loop::Arm() {
  if (mode_ == Timers::kSimulated || timers_.empty()) return;
  const SteadyTime first = timers_.begin()->first.first;
  if (first == SteadyTime::InfiniteFuture()) return;
  const absl::Duration wait = std::min(first - clock_.SteadyNow(), absl::Hours(24));
  const auto now = std::chrono::steady_clock::now();
  const auto at = now + absl::ToChronoMicroseconds(wait + absl::Microseconds(1));
  // It may be set for a timer that was cancelled since: then it looks again when it rings.
  if (now < alarm_.expiry() && alarm_.expiry() <= at) return;
  alarm_.expires_at(at);
  alarm_.async_wait([this](boost::system::error_code error) {
    if (error) return;
    FireTimers();
    Arm();
  });
}

void Loop::Run() { context_.run(); }

void Loop::Stop() { context_.stop(); }

void Loop::DropTasks() {
  drops_tasks_ = true;
  // What is destroyed may look for others of its kind.
  std::exchange(timers_, {}).clear();
  while (!spawned_.empty()) spawned_.front().frame.destroy();
  context_.shutdown();
}

size_t Loop::Poll() {
  context_.restart();
  return context_.poll();
}

size_t Loop::FireTimers() {
  const SteadyTime now = clock_.SteadyNow();
  size_t fired = 0;
  while (!timers_.empty() && timers_.begin()->first.first <= now) {
    auto work = std::move(timers_.begin()->second);
    timers_.erase(timers_.begin());
    work();
    ++fired;
  }
  return fired;
}

absl::optional<SteadyTime> Loop::NextTimer() const {
  if (timers_.empty()) return absl::nullopt;
  return timers_.begin()->first.first;
}

}  // namespace tokenbroker

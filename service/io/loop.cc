#include "io/loop.h"

#include <boost/asio/async_result.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstdlib>
#include <exception>
#include <utility>

#include "base/log.h"

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

void Loop::Spawn(Task<void> task) {
  asio::co_spawn(context_, std::move(task), [](std::exception_ptr error) {
    if (!error) return;
    try {
      std::rethrow_exception(error);
    } catch (const std::exception& e) {
      Log(LogLevel::kError, "exception_left_a_task", {{"what", e.what()}});
    }
    std::abort();
  });
}

Task<void> Loop::SleepUntil(SteadyTime t) {
  const Sleeper sleeper = NewSleeper();
  CallAt(t, [this, sleeper] { Wake(sleeper); });
  co_await Suspend(sleeper);
}

Task<void> Loop::Sleep(absl::Duration d) { return SleepUntil(clock_.SteadyNow() + d); }

Loop::Sleeper Loop::NewSleeper() { return sleepers_.emplace(sleepers_.end()); }

#ifdef __clang_analyzer__
// It follows the call into Asio's coroutines, and takes a pointer there for unset.
Task<void> Loop::Suspend(Sleeper) { co_return; }
#else
Task<void> Loop::Suspend(Sleeper sleeper) {
  return asio::async_initiate<const asio::use_awaitable_t<>, void()>(
      [sleeper](auto continuation) { *sleeper = std::move(continuation); }, asio::use_awaitable);
}
#endif

void Loop::Wake(Sleeper sleeper) {
  if (drops_tasks_) return;
  Post(std::move(*sleeper));
  sleepers_.erase(sleeper);
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
  alarm_.expires_after(absl::ToChronoMicroseconds(wait + absl::Microseconds(1)));
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
  while (!sleepers_.empty()) {
    const auto continuation = std::move(sleepers_.front());
    sleepers_.pop_front();
  }
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

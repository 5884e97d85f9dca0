#include "io/loop.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstdlib>
#include <exception>
#include <memory>

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
  // A timer that never expires by itself is the wake-up signal; ours decides when.
  auto signal =
      std::make_shared<asio::steady_timer>(context_, asio::steady_timer::time_point::max());
  CallAt(t, [signal] { signal->cancel(); });
  co_await signal->async_wait(asio::as_tuple(asio::use_awaitable));
}

Task<void> Loop::Sleep(absl::Duration d) { return SleepUntil(clock_.SteadyNow() + d); }

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
  timers_.clear();
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

// The one event loop: a single thread on which every coroutine, timer and socket runs, so that none
// of them needs a lock. Post and Spawn are its only doors for other threads.
#pragma once

#include <absl/functional/any_invocable.h>
#include <absl/time/time.h>
#include <absl/types/optional.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/intrusive/list.hpp>
#include <coroutine>
#include <cstdint>
#include <map>
#include <utility>

#include "base/clock.h"
#include "io/task.h"

namespace tokenbroker {

class Loop {
 public:
  // kSimulated: timers fire only in FireTimers(), by `clock`; for tests and simulations.
  enum class Timers { kReal, kSimulated };
  // Names one pending timer.
  using TimerId = std::pair<SteadyTime, uint64_t>;

  // `clock` must outlive the loop.
  explicit Loop(Clock& clock, Timers timers = Timers::kReal);
  // Drops what has not ended, unless DropTasks was called before.
  ~Loop() { DropTasks(); }
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  // Any thread. Runs `work` on the loop thread, never inline.
  void Post(absl::AnyInvocable<void()> work);
  // Any thread. Starts `task` on the loop thread (from there: at once, up to its first wait) and
  // lets it go; an exception that leaves it is a bug and ends the process.
  void Spawn(Task<void> task);

  // Loop thread only from here on.

  // Returns once the steady clock has reached `t`; at once (after a turn of the loop) when it has.
  Task<void> SleepUntil(SteadyTime t);
  Task<void> Sleep(absl::Duration d);
  TimerId CallAt(SteadyTime t, absl::AnyInvocable<void()> work);
  // No effect when the timer has fired.
  void Cancel(const TimerId& id);

  // A suspended task that waits for another to wake it.
  using Sleeper = std::coroutine_handle<>;
  // It goes on in a later turn. Once for each suspension; without effect once tasks are dropped.
  void Wake(Sleeper sleeper);

  Clock& clock() { return clock_; }
  boost::asio::io_context& context() { return context_; }

  // Runs until Stop(); the calling thread is the loop thread.
  void Run();
  // Any thread.
  void Stop();
  // Destroys every task, timer and handler that has not ended, their locals included: call it when
  // the loop has stopped and what those refer to is still alive. Nothing may be posted afterwards.
  void DropTasks();

  // For tests. Poll runs all that is ready now and says how many handlers ran; FireTimers runs the
  // timers that are due by the clock; NextTimer is when the first pending one is.
  size_t Poll();
  size_t FireTimers();
  absl::optional<SteadyTime> NextTimer() const;

 private:
  struct Context : boost::asio::io_context {
    using io_context::io_context;
    using io_context::shutdown;
  };

  // A task that was let go: owns itself until it ends, and the loop can find it.
  struct Spawned {
    struct promise_type;
  };
  using Hook =
      boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;
  struct SpawnedHook : Hook {
    std::coroutine_handle<> frame;
  };

  Spawned RunToItsEnd(Task<void> task);
  void Arm();

  Clock& clock_;
  const Timers mode_;
  Context context_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  boost::asio::steady_timer alarm_;
  // Ordered by time, then by age: simultaneous timers fire in the order they were set.
  std::map<TimerId, absl::AnyInvocable<void()>> timers_;
  uint64_t next_timer_ = 0;
  boost::intrusive::list<SpawnedHook, boost::intrusive::constant_time_size<false>> spawned_;
  bool drops_tasks_ = false;
};

}  // namespace tokenbroker

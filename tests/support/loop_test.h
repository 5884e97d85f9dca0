// A fixture whose loop and clock stand still until the test moves them: coroutines that sleep for
// hours end in microseconds, always in the same order.
#pragma once

#include <absl/types/optional.h>
#include <gtest/gtest.h>

#include <utility>

#include "base/clock.h"
#include "io/loop.h"

namespace tokenbroker {

// What a task will have returned; see LoopTest::Start.
template <typename T>
using Future = std::shared_ptr<absl::optional<T>>;

class LoopTest : public ::testing::Test {
 protected:
  ~LoopTest() override { loop_.DropTasks(); }

  // Runs `task` to its end, moving the clock from timer to timer as needed. Fails the test when the
  // task waits for something that no timer brings.
  template <typename T>
  T Run(Task<T> task) {
    Future<T> result = Start(std::move(task));
    for (;;) {
      Settle();
      if (result->has_value()) return std::move(**result);
      const absl::optional<SteadyTime> next = loop_.NextTimer();
      if (!next || *next == SteadyTime::InfiniteFuture()) break;
      if (*next > clock_.SteadyNow()) clock_.AdvanceTime(*next - clock_.SteadyNow());
      loop_.FireTimers();
    }
    ADD_FAILURE() << "the task waits for ever";
    std::abort();
  }

  // Starts `task`; its result appears in the Future when it has ended.
  template <typename T>
  Future<T> Start(Task<T> task) {
    auto result = std::make_shared<absl::optional<T>>();
    loop_.Spawn(Keep(std::move(task), result));
    Settle();
    return result;
  }

  // Runs everything that can run without the time going on. Where something outside the loop takes
  // part, a fixture waits for it here, too: the time must not go on while that is under way.
  virtual void Settle() {
    while (loop_.Poll() + loop_.FireTimers() > 0) {
    }
  }

  // Lets `d` pass, stopping at every timer on the way.
  void Advance(absl::Duration d) {
    const SteadyTime end = clock_.SteadyNow() + d;
    Settle();
    for (absl::optional<SteadyTime> next = loop_.NextTimer(); next && *next <= end;
         next = loop_.NextTimer()) {
      if (*next > clock_.SteadyNow()) clock_.AdvanceTime(*next - clock_.SteadyNow());
      Settle();
    }
    clock_.AdvanceTime(end - clock_.SteadyNow());
    Settle();
  }

  SimulatedClock clock_;
  Loop loop_{clock_, Loop::Timers::kSimulated};

 private:
  template <typename T>
  static Task<void> Keep(Task<T> task, Future<T> result) {
    T value = co_await std::move(task);
    result->emplace(std::move(value));
  }
};

}  // namespace tokenbroker

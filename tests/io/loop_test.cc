#include "io/loop.h"

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "io/event.h"
#include "io/semaphore.h"
#include "tests/support/loop_test.h"

namespace tokenbroker {
namespace {

Task<std::string> SleepThenSay(Loop* loop, absl::Duration d, std::string word) {
  co_await loop->Sleep(d);
  co_return word;
}

TEST_F(LoopTest, RunsAHundredHourSleepWithoutWaiting) {
  const SteadyTime start = clock_.SteadyNow();
  EXPECT_EQ(Run(SleepThenSay(&loop_, absl::Hours(100), "done")), "done");
  EXPECT_EQ(clock_.SteadyNow() - start, absl::Hours(100));
}

TEST_F(LoopTest, FiresSimultaneousTimersInTheOrderTheyWereSet) {
  std::vector<int> order;
  const SteadyTime t = clock_.SteadyNow() + absl::Seconds(1);
  for (int i = 0; i < 5; ++i) loop_.CallAt(t, [&order, i] { order.push_back(i); });
  Advance(absl::Seconds(1));
  EXPECT_EQ(order, (std::vector<int>{0, 1, 2, 3, 4}));
}

TEST_F(LoopTest, ACancelledTimerDoesNotFire) {
  bool fired = false;
  const Loop::TimerId id =
      loop_.CallAt(clock_.SteadyNow() + absl::Seconds(1), [&fired] { fired = true; });
  loop_.Cancel(id);
  Advance(absl::Seconds(2));
  EXPECT_FALSE(fired);
}

Task<bool> WaitFor(std::shared_ptr<Event> event, SteadyTime deadline) {
  co_return co_await event->WaitUntil(deadline);
}

TEST_F(LoopTest, AnEventWakesItsWaitersAndWhoComesLater) {
  auto event = std::make_shared<Event>(loop_);
  const Future<bool> early = Start(WaitFor(event, SteadyTime::InfiniteFuture()));
  EXPECT_FALSE(early->has_value());
  event->Notify();
  Settle();
  EXPECT_TRUE(early->value());
  EXPECT_TRUE(Run(WaitFor(event, clock_.SteadyNow())));
}

TEST_F(LoopTest, AWaitEndsAtItsDeadline) {
  auto event = std::make_shared<Event>(loop_);
  const Future<bool> wait = Start(WaitFor(event, clock_.SteadyNow() + absl::Seconds(3)));
  Advance(absl::Seconds(2));
  EXPECT_FALSE(wait->has_value());
  Advance(absl::Seconds(1));
  EXPECT_FALSE(wait->value());
  EXPECT_EQ(event->waiters(), 0u);
}

Task<bool> Acquire(Semaphore* semaphore, std::vector<Semaphore::Permit>* held,
                   SteadyTime deadline) {
  Semaphore::Permit permit = co_await semaphore->AcquireUntil(deadline);
  const bool got = static_cast<bool>(permit);
  if (got) held->push_back(std::move(permit));
  co_return got;
}

TEST_F(LoopTest, ASemaphoreServesInTheOrderOfArrival) {
  Semaphore semaphore(loop_, 1);
  std::vector<Semaphore::Permit> held;
  ASSERT_TRUE(Run(Acquire(&semaphore, &held, SteadyTime::InfiniteFuture())));
  const Future<bool> impatient =
      Start(Acquire(&semaphore, &held, clock_.SteadyNow() + absl::Seconds(1)));
  const Future<bool> patient = Start(Acquire(&semaphore, &held, SteadyTime::InfiniteFuture()));
  Advance(absl::Seconds(1));
  EXPECT_FALSE(impatient->value());
  EXPECT_FALSE(patient->has_value());
  held.clear();
  Settle();
  EXPECT_TRUE(patient->value());
  EXPECT_EQ(semaphore.free_permits(), 0);
  held.clear();
  EXPECT_EQ(semaphore.free_permits(), 1);
}

TEST_F(LoopTest, AResizedSemaphoreServesWhoWaits) {
  Semaphore semaphore(loop_, 1);
  std::vector<Semaphore::Permit> held;
  ASSERT_TRUE(Run(Acquire(&semaphore, &held, SteadyTime::InfiniteFuture())));
  const Future<bool> second = Start(Acquire(&semaphore, &held, SteadyTime::InfiniteFuture()));
  semaphore.Resize(2);
  Settle();
  EXPECT_TRUE(second->value());
  semaphore.Resize(1);
  EXPECT_EQ(semaphore.free_permits(), -1);
  held.pop_back();
  EXPECT_EQ(semaphore.free_permits(), 0);
  held.clear();
  EXPECT_EQ(semaphore.free_permits(), 1);
}

struct CountsItsEnd {
  explicit CountsItsEnd(int* n) : ended(n) {}
  CountsItsEnd(const CountsItsEnd&) = delete;
  CountsItsEnd& operator=(const CountsItsEnd&) = delete;
  ~CountsItsEnd() { ++*ended; }
  int* ended;
};

Task<void> SleepForEver(Loop* loop, int* ended) {
  CountsItsEnd witness(ended);
  co_await loop->Sleep(absl::InfiniteDuration());
}

TEST_F(LoopTest, DroppedTasksDestroyTheirLocals) {
  int ended = 0;
  loop_.Spawn(SleepForEver(&loop_, &ended));
  Settle();
  EXPECT_EQ(ended, 0);
  loop_.DropTasks();
  EXPECT_EQ(ended, 1);
}

TEST_F(LoopTest, DroppingDestroysWhatWasPostedAndWhatWasTimed) {
  int ended = 0;
  auto posted = std::make_unique<CountsItsEnd>(&ended);
  auto timed = std::make_unique<CountsItsEnd>(&ended);
  loop_.Post([posted = std::move(posted)] { ADD_FAILURE() << "it was dropped"; });
  loop_.CallAt(clock_.SteadyNow(), [timed = std::move(timed)] { ADD_FAILURE(); });
  loop_.DropTasks();
  EXPECT_EQ(ended, 2);
}

TEST_F(LoopTest, PostedWorkRunsInOrderAndNeverInline) {
  std::vector<int> order;
  loop_.Post([&] {
    loop_.Post([&order] { order.push_back(2); });
    order.push_back(1);
  });
  EXPECT_TRUE(order.empty());
  Settle();
  EXPECT_EQ(order, (std::vector<int>{1, 2}));
}

TEST_F(LoopTest, ASleepUntilThePastEndsAfterATurnOfTheLoop) {
  const SteadyTime start = clock_.SteadyNow();
  EXPECT_EQ(Run(SleepThenSay(&loop_, -absl::Hours(1), "done")), "done");
  EXPECT_EQ(clock_.SteadyNow(), start);
}

// The loop as it is in production: real timers, and other threads at its door.
class RealLoopTest : public ::testing::Test {
 protected:
  ~RealLoopTest() override { loop_.DropTasks(); }
  Loop loop_{Clock::Real()};
};

Task<void> SleepThenStop(Loop* loop, absl::Duration d) {
  co_await loop->Sleep(d);
  loop->Stop();
}

TEST_F(RealLoopTest, SleepsAtLeastAsLongAsItShould) {
  const SteadyTime start = Clock::Real().SteadyNow();
  loop_.Spawn(SleepThenStop(&loop_, absl::Milliseconds(5)));
  loop_.Run();
  EXPECT_GE(Clock::Real().SteadyNow() - start, absl::Milliseconds(5));
}

TEST_F(RealLoopTest, AnEarlierTimerOvertakesALaterOneAndACancelledOneHoldsUpNothing) {
  const SteadyTime now = Clock::Real().SteadyNow();
  std::vector<int> order;
  loop_.CallAt(SteadyTime::InfiniteFuture(), [] { ADD_FAILURE(); });
  loop_.CallAt(now + absl::Milliseconds(4), [&] {
    order.push_back(2);
    loop_.Stop();
  });
  loop_.CallAt(now + absl::Milliseconds(2), [&] { order.push_back(1); });
  loop_.Cancel(loop_.CallAt(now + absl::Milliseconds(1), [] { ADD_FAILURE(); }));
  loop_.Run();
  EXPECT_EQ(order, (std::vector<int>{1, 2}));
}

Task<void> Add(int* sum) {
  ++*sum;
  co_return;
}

TEST_F(RealLoopTest, OtherThreadsMayPostSpawnAndStop) {
  constexpr int kThreads = 4;
  constexpr int kEach = 250;
  // Touched on the loop thread alone.
  int sum = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      for (int k = 0; k < kEach; ++k) {
        loop_.Spawn(Add(&sum));
        loop_.Post([&] {
          if (++sum == 2 * kThreads * kEach) loop_.Stop();
        });
      }
    });
  }
  std::thread loop_thread([&] { loop_.Run(); });
  for (std::thread& thread : threads) thread.join();
  loop_thread.join();
  EXPECT_EQ(sum, 2 * kThreads * kEach);
}

TEST_F(RealLoopTest, StopFromAnotherThreadEndsRun) {
  std::thread loop_thread([&] { loop_.Run(); });
  loop_.Stop();
  loop_thread.join();
  int ended = 0;
  loop_.Spawn(SleepForEver(&loop_, &ended));
  loop_.DropTasks();
  EXPECT_EQ(ended, 0);
}

}  // namespace
}  // namespace tokenbroker

#include "io/semaphore.h"

#include <utility>

#include "tests/support/loop_test.h"

namespace tokenbroker {
namespace {

class SemaphoreTest : public LoopTest {
 protected:
  // Tasks go before the semaphore that their permits refer to.
  ~SemaphoreTest() override { loop_.DropTasks(); }

  // Holds a permit for `d`.
  Task<bool> Hold(absl::Duration d, SteadyTime deadline) {
    Semaphore::Permit permit = co_await semaphore_.AcquireUntil(deadline);
    const bool got = static_cast<bool>(permit);
    if (got) co_await loop_.Sleep(d);
    co_return got;
  }

  Semaphore semaphore_{loop_, 2};
};

TEST_F(SemaphoreTest, APermitGivenBackGoesToTheNextInLine) {
  const SteadyTime never = SteadyTime::InfiniteFuture();
  const auto a = Start(Hold(absl::Seconds(1), never));
  const auto b = Start(Hold(absl::Seconds(2), never));
  const auto c = Start(Hold(absl::Seconds(5), never));
  EXPECT_EQ(semaphore_.free_permits(), 0);
  Advance(absl::Seconds(2));
  EXPECT_TRUE(a->value());
  EXPECT_TRUE(b->value());
  EXPECT_FALSE(c->has_value());
  EXPECT_EQ(semaphore_.free_permits(), 1);
  Advance(absl::Seconds(4));
  EXPECT_TRUE(c->value());
  EXPECT_EQ(semaphore_.free_permits(), 2);
}

TEST_F(SemaphoreTest, WhoGaveUpTakesNoPermit) {
  const SteadyTime soon = clock_.SteadyNow() + absl::Seconds(1);
  const auto a = Start(Hold(absl::Seconds(3), SteadyTime::InfiniteFuture()));
  const auto b = Start(Hold(absl::Seconds(3), SteadyTime::InfiniteFuture()));
  const auto impatient = Start(Hold(absl::Seconds(3), soon));
  Advance(absl::Seconds(3));
  EXPECT_FALSE(impatient->value());
  EXPECT_EQ(semaphore_.free_permits(), 2);
}

TEST_F(SemaphoreTest, APermitThatComesAtTheDeadlineIsNotLost) {
  const SteadyTime end = clock_.SteadyNow() + absl::Seconds(1);
  const auto a = Start(Hold(absl::Seconds(1), SteadyTime::InfiniteFuture()));
  const auto b = Start(Hold(absl::Seconds(1), SteadyTime::InfiniteFuture()));
  const auto c = Start(Hold(absl::Seconds(1), end));
  Advance(absl::Hours(1));
  EXPECT_TRUE(c->has_value());
  EXPECT_EQ(semaphore_.free_permits(), 2);
}

TEST_F(SemaphoreTest, AMovedPermitIsGivenBackOnce) {
  {
    Semaphore::Permit empty;
    Semaphore::Permit first = Run(semaphore_.AcquireUntil(SteadyTime::InfiniteFuture()));
    Semaphore::Permit second = std::move(first);
    const Semaphore::Permit& emptied = second;
    first = std::move(second);
    EXPECT_TRUE(first);
    EXPECT_FALSE(emptied);
    EXPECT_FALSE(empty);
    EXPECT_EQ(semaphore_.free_permits(), 1);
  }
  EXPECT_EQ(semaphore_.free_permits(), 2);
}

TEST_F(SemaphoreTest, GrowingServesTheQueueAndShrinkingTakesBackLater) {
  const SteadyTime never = SteadyTime::InfiniteFuture();
  std::vector<Future<bool>> holders;
  for (int i = 0; i < 4; ++i) holders.push_back(Start(Hold(absl::Seconds(1), never)));
  semaphore_.Resize(3);
  Settle();
  semaphore_.Resize(1);
  EXPECT_EQ(semaphore_.free_permits(), -2);
  Advance(absl::Seconds(1));
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(holders[static_cast<size_t>(i)]->has_value());
  EXPECT_FALSE(holders[3]->has_value());
  Advance(absl::Seconds(1));
  EXPECT_TRUE(holders[3]->value());
  EXPECT_EQ(semaphore_.free_permits(), 1);
}

TEST_F(SemaphoreTest, HoldersAndWaitersMayBeDroppedTogether) {
  const SteadyTime never = SteadyTime::InfiniteFuture();
  std::vector<Future<bool>> tasks;
  for (int i = 0; i < 5; ++i) tasks.push_back(Start(Hold(absl::Hours(1), never)));
  loop_.DropTasks();
  for (const auto& task : tasks) EXPECT_FALSE(task->has_value());
}

}  // namespace
}  // namespace tokenbroker

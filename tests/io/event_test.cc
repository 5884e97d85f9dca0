#include "io/event.h"

#include <memory>

#include "tests/support/loop_test.h"

namespace tokenbroker {
namespace {

using EventTest = LoopTest;

struct Witness {
  explicit Witness(int* n) : ended(n) {}
  Witness(const Witness&) = delete;
  Witness& operator=(const Witness&) = delete;
  ~Witness() { ++*ended; }
  int* ended;
};

Task<bool> WaitWatched(std::shared_ptr<Event> event, SteadyTime deadline, int* ended) {
  Witness witness(ended);
  co_return co_await event->WaitUntil(deadline);
}

TEST_F(EventTest, EachWaiterHasItsOwnDeadline) {
  int ended = 0;
  auto event = std::make_shared<Event>(loop_);
  const SteadyTime now = clock_.SteadyNow();
  const auto early = Start(WaitWatched(event, now + absl::Seconds(1), &ended));
  const auto late = Start(WaitWatched(event, now + absl::Seconds(3), &ended));
  EXPECT_EQ(event->waiters(), 2u);
  Advance(absl::Seconds(2));
  EXPECT_FALSE(early->value());
  EXPECT_EQ(event->waiters(), 1u);
  event->Notify();
  event->Notify();
  Settle();
  EXPECT_TRUE(late->value());
  EXPECT_EQ(ended, 2);
}

Task<void> WaitUntil(std::shared_ptr<Event> event, SteadyTime deadline,
                     absl::optional<bool>* result) {
  *result = co_await event->WaitUntil(deadline);
}

TEST_F(EventTest, WhoIsLateIsToldWithoutATurnOfTheLoop) {
  absl::optional<bool> waiting;
  absl::optional<bool> notified;
  auto event = std::make_shared<Event>(loop_);
  loop_.Post([&] {
    loop_.Spawn(WaitUntil(event, clock_.SteadyNow(), &waiting));
    EXPECT_EQ(waiting, absl::optional<bool>(false));
    event->Notify();
    loop_.Spawn(WaitUntil(event, clock_.SteadyNow(), &notified));
    EXPECT_EQ(notified, absl::optional<bool>(true));
  });
  Settle();
  EXPECT_TRUE(notified);
}

TEST_F(EventTest, ANotifiedWaiterLeavesNoTimerBehind) {
  int ended = 0;
  auto event = std::make_shared<Event>(loop_);
  const auto wait = Start(WaitWatched(event, clock_.SteadyNow() + absl::Hours(1), &ended));
  EXPECT_TRUE(loop_.NextTimer());
  event->Notify();
  Settle();
  EXPECT_TRUE(wait->value());
  EXPECT_FALSE(loop_.NextTimer());
}

TEST_F(EventTest, DroppedWaitersDestroyTheirLocalsAndTheEventMayStillBeNotified) {
  int ended = 0;
  auto event = std::make_shared<Event>(loop_);
  const auto bounded = Start(WaitWatched(event, clock_.SteadyNow() + absl::Seconds(1), &ended));
  const auto unbounded = Start(WaitWatched(event, SteadyTime::InfiniteFuture(), &ended));
  loop_.DropTasks();
  EXPECT_EQ(ended, 2);
  EXPECT_FALSE(bounded->has_value());
  EXPECT_FALSE(unbounded->has_value());
  event->Notify();
  EXPECT_TRUE(event->notified());
}

struct NotifiesAtItsEnd {
  explicit NotifiesAtItsEnd(std::shared_ptr<Event> the_event) : event(std::move(the_event)) {}
  NotifiesAtItsEnd(const NotifiesAtItsEnd&) = delete;
  NotifiesAtItsEnd& operator=(const NotifiesAtItsEnd&) = delete;
  ~NotifiesAtItsEnd() { event->Notify(); }
  std::shared_ptr<Event> event;
};

Task<bool> WaitAndNotifyAtTheEnd(std::shared_ptr<Event> event, std::shared_ptr<Event> other) {
  const NotifiesAtItsEnd at_the_end(std::move(other));
  co_return co_await event->WaitUntil(SteadyTime::InfiniteFuture());
}

TEST_F(EventTest, DroppedWaitersMayNotifyEachOther) {
  auto first = std::make_shared<Event>(loop_);
  auto second = std::make_shared<Event>(loop_);
  const auto one = Start(WaitAndNotifyAtTheEnd(first, second));
  const auto other = Start(WaitAndNotifyAtTheEnd(second, first));
  loop_.DropTasks();
  EXPECT_TRUE(first->notified());
  EXPECT_TRUE(second->notified());
  EXPECT_FALSE(one->has_value());
  EXPECT_FALSE(other->has_value());
}

TEST_F(EventTest, DroppingAWaiterThatWasJustWokenDoesNotRunIt) {
  int ended = 0;
  auto event = std::make_shared<Event>(loop_);
  const auto wait = Start(WaitWatched(event, SteadyTime::InfiniteFuture(), &ended));
  event->Notify();
  loop_.DropTasks();
  EXPECT_EQ(ended, 1);
  EXPECT_FALSE(wait->has_value());
}

}  // namespace
}  // namespace tokenbroker

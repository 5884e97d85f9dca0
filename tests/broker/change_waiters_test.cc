#include "broker/change_waiters.h"

#include "tests/support/loop_test.h"

namespace tokenbroker {
namespace {

class ChangeWaitersTest : public LoopTest {
 protected:
  const GrantKey key_{"t", "p", "s"};
  ChangeWaiters changes_{loop_};
};

TEST_F(ChangeWaitersTest, AChangeWakesWhoeverTookTheEventBeforeIt) {
  const std::shared_ptr<Event> one = changes_.Next(key_);
  const std::shared_ptr<Event> two = changes_.Next(key_);
  const std::shared_ptr<Event> other = changes_.Next({"t", "p", "other"});
  changes_.Wake(key_);
  EXPECT_TRUE(one->notified());
  EXPECT_TRUE(two->notified());
  EXPECT_FALSE(other->notified());
}

TEST_F(ChangeWaitersTest, TheNextChangeHasAnEventOfItsOwn) {
  const std::shared_ptr<Event> before = changes_.Next(key_);
  changes_.Wake(key_);
  const std::shared_ptr<Event> after = changes_.Next(key_);
  EXPECT_FALSE(after->notified());
  changes_.Wake(key_);
  EXPECT_TRUE(after->notified());
}

TEST_F(ChangeWaitersTest, NothingIsKeptForAGrantThatNobodyWaitsFor) {
  std::shared_ptr<Event> one = changes_.Next(key_);
  std::shared_ptr<Event> two = changes_.Next(key_);
  one = nullptr;
  EXPECT_EQ(changes_.size(), 1u);
  two = nullptr;
  EXPECT_EQ(changes_.size(), 0u);
}

TEST_F(ChangeWaitersTest, AnEventThatIsLetGoLateLeavesItsSuccessorAlone) {
  std::shared_ptr<Event> before = changes_.Next(key_);
  changes_.Wake(key_);
  const std::shared_ptr<Event> after = changes_.Next(key_);
  before = nullptr;
  EXPECT_EQ(changes_.size(), 1u);
  changes_.Wake(key_);
  EXPECT_TRUE(after->notified());
}

}  // namespace
}  // namespace tokenbroker

#include "rpc/loop_answers.h"

#include <gmock/gmock.h>

#include <future>
#include <thread>
#include <vector>

#include "base/mutex.h"
#include "tests/support/loop_test.h"

namespace tokenbroker {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::Ne;

class LoopAnswersTest : public LoopTest {
 protected:
  // In one turn of the loop; says on which threads they were called, and in which order.
  void Give(int count) {
    std::promise<void> all;
    loop_.Post([this, &all, count] {
      for (int i = 0; i < count; ++i) {
        answers_.Give([this, &all, count, i] {
          MutexLock lock(mutex_);
          threads_.push_back(std::this_thread::get_id());
          order_.push_back(i);
          if (i == count - 1) all.set_value();
        });
      }
    });
    while (loop_.Poll() > 0) {
    }
    all.get_future().wait();
  }

  LoopAnswers answers_{loop_};
  Mutex mutex_;
  std::vector<std::thread::id> threads_;
  std::vector<int> order_;
};

TEST_F(LoopAnswersTest, GivesAFewOnTheLoop) {
  Give(3);
  EXPECT_THAT(threads_, Each(std::this_thread::get_id()));
  EXPECT_THAT(order_, ElementsAre(0, 1, 2));
}

TEST_F(LoopAnswersTest, GivesManyElsewhere) {
  Give(5);
  EXPECT_THAT(threads_, Each(Ne(std::this_thread::get_id())));
  EXPECT_THAT(order_, ElementsAre(0, 1, 2, 3, 4));
}

TEST_F(LoopAnswersTest, GathersAnewInALaterTurn) {
  Give(5);
  Give(5);
  EXPECT_THAT(order_, ElementsAre(0, 1, 2, 3, 4, 0, 1, 2, 3, 4));
}

TEST_F(LoopAnswersTest, GivesAtOnceWhatIsNotGivenOnTheLoop) {
  bool given = false;
  answers_.Give([&given] { given = true; });
  EXPECT_TRUE(given);
}

TEST_F(LoopAnswersTest, DropsWhatTheLoopDrops) {
  const auto kept = std::make_shared<int>(0);
  loop_.Post([this, kept] { answers_.Give([kept] { ++*kept; }); });
  // The turn that gathers, and not the one that gives.
  loop_.context().restart();
  loop_.context().run_one();
  EXPECT_EQ(kept.use_count(), 2);
  loop_.DropTasks();
  EXPECT_EQ(kept.use_count(), 1);
  EXPECT_EQ(*kept, 0);
}

}  // namespace
}  // namespace tokenbroker

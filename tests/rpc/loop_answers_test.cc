#include "rpc/loop_answers.h"

#include <future>
#include <thread>

#include "tests/support/loop_test.h"

namespace tokenbroker {
namespace {

using Threads = std::vector<std::thread::id>;

class LoopAnswersTest : public LoopTest {
 protected:
  // In one turn of the loop; says on which threads they were called.
  Threads Give(int count) {
    Threads threads;
    Mutex mutex;
    std::promise<void> all;
    loop_.Post([&] {
      for (int i = 0; i < count; ++i) {
        answers_.Give([&, count] {
          MutexLock lock(mutex);
          threads.push_back(std::this_thread::get_id());
          if (threads.size() == static_cast<size_t>(count)) all.set_value();
        });
      }
    });
    while (loop_.Poll() > 0) {
    }
    all.get_future().wait();
    return threads;
  }

  LoopAnswers answers_{loop_};
};

TEST_F(LoopAnswersTest, FinishesAFewOnTheLoop) {
  EXPECT_EQ(Give(2), Threads(2, std::this_thread::get_id()));
}

TEST_F(LoopAnswersTest, FinishesManyElsewhere) {
  for (const std::thread::id& thread : Give(20)) EXPECT_NE(thread, std::this_thread::get_id());
}

TEST_F(LoopAnswersTest, FinishesAtOnceWhatIsNotGivenOnTheLoop) {
  bool answered = false;
  answers_.Give([&answered] { answered = true; });
  EXPECT_TRUE(answered);
}

TEST_F(LoopAnswersTest, DropsWhatTheLoopDrops) {
  const auto kept = std::make_shared<int>(0);
  loop_.Post([this, kept] { answers_.Give([kept] { ++*kept; }); });
  // The turn that gathers, and not the one that finishes.
  loop_.context().restart();
  loop_.context().run_one();
  EXPECT_EQ(kept.use_count(), 2);
  loop_.DropTasks();
  EXPECT_EQ(kept.use_count(), 1);
  EXPECT_EQ(*kept, 0);
}

}  // namespace
}  // namespace tokenbroker

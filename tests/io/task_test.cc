#include "io/task.h"

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/support/loop_test.h"

namespace tokenbroker {
namespace {

using TaskTest = LoopTest;

// Says when it goes.
class Witness {
 public:
  Witness(std::vector<std::string>* ended, std::string name)
      : ended_(ended), name_(std::move(name)) {}
  Witness(const Witness&) = delete;
  Witness& operator=(const Witness&) = delete;
  ~Witness() { ended_->push_back(name_); }

 private:
  std::vector<std::string>* ended_;
  std::string name_;
};

Task<std::unique_ptr<int>> Make(Loop* loop, int value) {
  co_await loop->Sleep(absl::Seconds(1));
  co_return std::make_unique<int>(value);
}

Task<int> Sum(Loop* loop) {
  const std::unique_ptr<int> a = co_await Make(loop, 1);
  const std::unique_ptr<int> b = co_await Make(loop, 2);
  co_return *a + *b;
}

TEST_F(TaskTest, GivesItsResultToWhoAwaitsIt) { EXPECT_EQ(Run(Sum(&loop_)), 3); }

Task<void> Note(bool* ran) {
  *ran = true;
  co_return;
}

TEST_F(TaskTest, DoesNothingUntilItIsAwaited) {
  bool ran = false;
  {
    const Task<void> unused = Note(&ran);
  }
  Settle();
  EXPECT_FALSE(ran);
}

Task<int> Same(int value) { co_return value; }

Task<int> CountTo(int n) {
  int count = 0;
  while (count < n) {
    const int next = co_await Same(count + 1);
    count = next;
  }
  co_return count;
}

TEST_F(TaskTest, AMillionAwaitsWithoutAWaitTakeNoStack) {
  EXPECT_EQ(Run(CountTo(1'000'000)), 1'000'000);
}

Task<void> Inner(Loop* loop, std::vector<std::string>* ended) {
  const Witness witness(ended, "inner");
  co_await loop->Sleep(absl::InfiniteDuration());
}

Task<void> Outer(Loop* loop, std::vector<std::string>* ended) {
  const Witness witness(ended, "outer");
  co_await Inner(loop, ended);
}

TEST_F(TaskTest, ADroppedTaskTakesAlongWhatItAwaits) {
  std::vector<std::string> ended;
  loop_.Spawn(Outer(&loop_, &ended));
  Settle();
  EXPECT_TRUE(ended.empty());
  loop_.DropTasks();
  EXPECT_EQ(ended, (std::vector<std::string>{"inner", "outer"}));
}

Task<void> Throw() {
  throw std::runtime_error("thrown in a task");
  co_return;
}

TEST(TaskDeathTest, AnExceptionThatLeavesItEndsTheProcess) {
  EXPECT_DEATH(
      {
        SimulatedClock clock;
        Loop loop(clock, Loop::Timers::kSimulated);
        loop.Spawn(Throw());
        loop.Poll();
      },
      "thrown in a task");
}

}  // namespace
}  // namespace tokenbroker

#include "io/worker.h"

#include <thread>

#include "tests/support/loop_test.h"

namespace tokenbroker {
namespace {

Task<void> RunAndStop(Loop* loop, Worker* worker, std::thread::id* ran_on) {
  const auto work = [] { return std::this_thread::get_id(); };
  *ran_on = co_await worker->Run<std::thread::id>(work);
  loop->Stop();
}

TEST(WorkerTest, RunsWorkOnAThreadOfItsOwnAndReturnsOnTheLoop) {
  Loop loop(Clock::Real());
  Worker worker(loop);
  std::thread::id ran_on;
  loop.Spawn(RunAndStop(&loop, &worker, &ran_on));
  loop.Run();
  EXPECT_NE(ran_on, std::thread::id());
  EXPECT_NE(ran_on, std::this_thread::get_id());
  worker.Stop();
  loop.DropTasks();
}

using WorkerOnTheLoopTest = LoopTest;

TEST_F(WorkerOnTheLoopTest, NeedsNoThread) {
  Worker worker(loop_, Worker::Where::kLoop);
  EXPECT_EQ(Run(worker.Run<int>([] { return 7; })), 7);
}

}  // namespace
}  // namespace tokenbroker

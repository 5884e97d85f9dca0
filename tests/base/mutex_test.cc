#include "base/mutex.h"

#include <thread>

namespace tokenbroker {
namespace {

struct Counter {
  Mutex mutex;
  int n TB_GUARDED_BY(mutex) = 0;
};

TEST(MutexTest, KeepsThreadsApart) {
  Counter counter;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&counter] {
      for (int k = 0; k < 1000; ++k) {
        MutexLock lock(counter.mutex);
        ++counter.n;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  MutexLock lock(counter.mutex);
  EXPECT_EQ(counter.n, 4000);
}

}  // namespace
}  // namespace tokenbroker

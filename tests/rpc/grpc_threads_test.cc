#include "rpc/grpc_threads.h"

#include <algorithm>
#include <atomic>
#include <future>
#include <thread>

namespace tokenbroker {
namespace {

std::vector<GrpcThreads::Work> One(GrpcThreads::Work work) {
  std::vector<GrpcThreads::Work> all;
  all.push_back(std::move(work));
  return all;
}

TEST(GrpcThreadsTest, RunsWorkElsewhere) {
  GrpcThreads threads;
  std::promise<std::thread::id> where;
  threads.Run(One([&] { where.set_value(std::this_thread::get_id()); }));
  EXPECT_NE(where.get_future().get(), std::this_thread::get_id());
}

TEST(GrpcThreadsTest, RunsWhatIsGivenAtOnceInItsOrder) {
  GrpcThreads threads;
  std::vector<int> done;
  std::promise<void> all;
  std::vector<GrpcThreads::Work> work;
  for (int i = 0; i < 100; ++i) work.emplace_back([&done, i] { done.push_back(i); });
  work.emplace_back([&] { all.set_value(); });
  threads.Run(std::move(work));
  all.get_future().wait();
  ASSERT_EQ(done.size(), 100u);
  EXPECT_TRUE(std::is_sorted(done.begin(), done.end()));
}

TEST(GrpcThreadsTest, LosesNothingThatManyGive) {
  constexpr int kGivers = 4;
  constexpr int kEach = 1000;
  std::atomic<int> done = 0;
  {
    GrpcThreads threads;
    std::vector<std::jthread> givers;
    for (int i = 0; i < kGivers; ++i) {
      givers.emplace_back([&] {
        for (int n = 0; n < kEach; ++n) threads.Run(One([&] { ++done; }));
      });
    }
    givers.clear();
  }
  EXPECT_EQ(done, kGivers * kEach);
}

}  // namespace
}  // namespace tokenbroker

#include "access/caller_usage.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace tokenbroker {
namespace {

const SteadyTime kStart = SteadyTime::FromOrigin(absl::Hours(5));

QuotaConfig Quota(double calls_per_second, int burst, int waiting_calls = 1000) {
  return {calls_per_second, burst, waiting_calls};
}

TEST(CallerUsageTest, WithoutALimitEveryCallMayBeMade) {
  CallerUsage usage(Quota(0, 1));
  for (int i = 0; i < 100'000; ++i) ASSERT_EQ(usage.TakeCall(kStart), absl::nullopt);
}

TEST(CallerUsageTest, ABurstMayBeMadeAndThenAsManyAsTheRateSays) {
  CallerUsage usage(Quota(10, 5));
  for (int i = 0; i < 5; ++i) EXPECT_EQ(usage.TakeCall(kStart), absl::nullopt) << i;
  EXPECT_EQ(usage.TakeCall(kStart), absl::Milliseconds(100));
  EXPECT_EQ(usage.TakeCall(kStart + absl::Milliseconds(99)), absl::Milliseconds(1));
  EXPECT_EQ(usage.TakeCall(kStart + absl::Milliseconds(100)), absl::nullopt);
  EXPECT_EQ(usage.TakeCall(kStart + absl::Milliseconds(100)), absl::Milliseconds(100));
}

TEST(CallerUsageTest, RefusedCallsCostNothing) {
  CallerUsage usage(Quota(10, 1));
  EXPECT_EQ(usage.TakeCall(kStart), absl::nullopt);
  for (int i = 0; i < 1000; ++i) EXPECT_NE(usage.TakeCall(kStart), absl::nullopt);
  EXPECT_EQ(usage.TakeCall(kStart + absl::Milliseconds(100)), absl::nullopt);
}

TEST(CallerUsageTest, APauseSavesUpNoMoreThanABurst) {
  CallerUsage usage(Quota(10, 3));
  EXPECT_EQ(usage.TakeCall(kStart), absl::nullopt);
  const SteadyTime later = kStart + absl::Hours(1);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(usage.TakeCall(later), absl::nullopt) << i;
  EXPECT_NE(usage.TakeCall(later), absl::nullopt);
}

TEST(CallerUsageTest, ManyThreadsTogetherTakeNoMore) {
  CallerUsage usage(Quota(1, 500));
  std::atomic<int> taken{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 1000; ++i) taken += usage.TakeCall(kStart) ? 0 : 1;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(taken, 500);
}

TEST(CallerUsageTest, SoManyCallsWaitAndNoMore) {
  const auto usage = std::make_shared<CallerUsage>(Quota(0, 1, 2));
  absl::optional<CallerUsage::Waiting> first = CallerUsage::Wait(usage);
  const absl::optional<CallerUsage::Waiting> second = CallerUsage::Wait(usage);
  EXPECT_TRUE(first && second);
  EXPECT_FALSE(CallerUsage::Wait(usage));
  EXPECT_FALSE(CallerUsage::Wait(usage)) << "a refusal takes no place";
  first.reset();
  EXPECT_TRUE(CallerUsage::Wait(usage));
}

TEST(CallerUsageTest, SoManyWatchAndNoMoreHoweverManyWait) {
  QuotaConfig quota = Quota(0, 1, 1);
  quota.watches = 2;
  const auto usage = std::make_shared<CallerUsage>(quota);
  const absl::optional<CallerUsage::Waiting> waiting = CallerUsage::Wait(usage);
  absl::optional<CallerUsage::Watching> first = CallerUsage::Watch(usage);
  const absl::optional<CallerUsage::Watching> second = CallerUsage::Watch(usage);
  EXPECT_TRUE(waiting && first && second);
  EXPECT_FALSE(CallerUsage::Watch(usage));
  first.reset();
  EXPECT_TRUE(CallerUsage::Watch(usage));
}

}  // namespace
}  // namespace tokenbroker

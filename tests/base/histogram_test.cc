#include "base/histogram.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <thread>

namespace tokenbroker {
namespace {

using testing::ElementsAre;

std::vector<uint64_t> Counts(const Histogram& histogram) {
  std::vector<uint64_t> counts;
  for (const auto& bucket : histogram.Read().bucket) counts.push_back(bucket.cumulative_count);
  return counts;
}

TEST(HistogramTest, CountsAValueInTheFirstBucketThatHoldsIt) {
  Histogram histogram({1, 2.5, 10});
  for (const double value : {0.5, 1.0, 2.0, 10.0, 11.0}) histogram.Observe(value);
  EXPECT_THAT(Counts(histogram), ElementsAre(2, 3, 4, 5));
  EXPECT_EQ(histogram.Read().bucket.back().upper_bound, std::numeric_limits<double>::infinity());
  EXPECT_EQ(histogram.Read().sample_count, 5u);
  EXPECT_DOUBLE_EQ(histogram.Read().sample_sum, 24.5);
}

TEST(HistogramTest, LosesNothingThatThreadsObserveAtOnce) {
  constexpr int kThreads = 8;
  constexpr int kEach = 10'000;
  Histogram histogram({0, 1});
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&histogram, i] {
      for (int n = 0; n < kEach; ++n) histogram.Observe(i % 3);
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(Counts(histogram), ElementsAre(3 * kEach, 6 * kEach, 8 * kEach));
  EXPECT_DOUBLE_EQ(histogram.Read().sample_sum, 7.0 * kEach);
}

}  // namespace
}  // namespace tokenbroker

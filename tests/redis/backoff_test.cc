#include "redis/backoff.h"

namespace tokenbroker {
namespace {

TEST(BackoffTest, DrawsBelowACeilingThatDoublesUpToTheLongest) {
  Backoff backoff({absl::Milliseconds(50), absl::Milliseconds(150)}, 7);
  for (int i = 0; i < 100; ++i) {
    backoff.Reset();
    EXPECT_LT(backoff.Next(), absl::Milliseconds(50));
    EXPECT_LT(backoff.Next(), absl::Milliseconds(100));
    for (int j = 0; j < 10; ++j) EXPECT_LT(backoff.Next(), absl::Milliseconds(150));
  }
}

TEST(BackoffTest, GrowsAndSpreads) {
  Backoff backoff({absl::Milliseconds(1), absl::Seconds(1)}, 7);
  for (int i = 0; i < 10; ++i) backoff.Next();
  absl::Duration least = absl::InfiniteDuration();
  absl::Duration most;
  for (int i = 0; i < 100; ++i) {
    const absl::Duration pause = backoff.Next();
    least = std::min(least, pause);
    most = std::max(most, pause);
  }
  EXPECT_LT(least, absl::Milliseconds(100));
  EXPECT_GT(most, absl::Milliseconds(900));
}

}  // namespace
}  // namespace tokenbroker

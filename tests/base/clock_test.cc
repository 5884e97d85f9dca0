#include "base/clock.h"

namespace tokenbroker {
namespace {

TEST(SteadyTimeTest, KnowsDifferencesAndOrder) {
  const SteadyTime t = SteadyTime::FromOrigin(absl::Seconds(5));
  EXPECT_EQ((t + absl::Seconds(2)) - t, absl::Seconds(2));
  EXPECT_EQ(t - absl::Seconds(5), SteadyTime());
  EXPECT_EQ(t.since_origin(), absl::Seconds(5));
  EXPECT_TRUE(t < t + absl::Nanoseconds(1));
  EXPECT_TRUE(t + absl::Nanoseconds(1) > t);
  EXPECT_TRUE(t <= t);
  EXPECT_TRUE(t >= t);
  EXPECT_TRUE(t != SteadyTime());
}

TEST(SteadyTimeTest, TheInfinitesLieOutsideAndDoNotMove) {
  const SteadyTime t = SteadyTime::FromOrigin(absl::Hours(1'000'000));
  EXPECT_LT(t, SteadyTime::InfiniteFuture());
  EXPECT_LT(SteadyTime::InfinitePast(), t);
  EXPECT_EQ(SteadyTime::InfiniteFuture() - absl::Hours(1), SteadyTime::InfiniteFuture());
  EXPECT_EQ(t + absl::InfiniteDuration(), SteadyTime::InfiniteFuture());
  EXPECT_EQ(t - absl::InfiniteDuration(), SteadyTime::InfinitePast());
  EXPECT_EQ(SteadyTime() - absl::Hours(1) + absl::InfiniteDuration(), SteadyTime::InfiniteFuture());
  EXPECT_EQ(SteadyTime::InfiniteFuture() - t, absl::InfiniteDuration());
  EXPECT_EQ(t - SteadyTime::InfiniteFuture(), -absl::InfiniteDuration());
  EXPECT_EQ(SteadyTime::InfiniteFuture().since_origin(), absl::InfiniteDuration());
  EXPECT_EQ(SteadyTime::InfinitePast().since_origin(), -absl::InfiniteDuration());
}

TEST(SteadyTimeTest, WhatIsTooFarAwayIsInfinite) {
  const absl::Duration century = absl::Hours(24 * 36'525);
  const SteadyTime far = SteadyTime::FromOrigin(century + century);
  EXPECT_EQ(far + century, SteadyTime::InfiniteFuture());
  const SteadyTime long_ago = SteadyTime::FromOrigin(-century - century);
  EXPECT_EQ(long_ago - century, SteadyTime::InfinitePast());
  EXPECT_EQ(far - long_ago, 4 * century);
  EXPECT_EQ(SteadyTime::FromOrigin(4 * century), SteadyTime::InfiniteFuture());
}

TEST(RealClockTest, IsTheMachinesAndItsSteadySideNeverGoesBack) {
  Clock& clock = Clock::Real();
  EXPECT_EQ(&clock, &Clock::Real());
  EXPECT_GT(clock.TimeNow(), absl::FromUnixSeconds(1'700'000'000));
  SteadyTime last = clock.SteadyNow();
  for (int i = 0; i < 1000; ++i) {
    const SteadyTime now = clock.SteadyNow();
    ASSERT_GE(now, last);
    last = now;
  }
}

TEST(SimulatedClockTest, StandsStillUntilItIsMoved) {
  SimulatedClock clock(absl::FromUnixSeconds(100));
  const SteadyTime start = clock.SteadyNow();
  EXPECT_EQ(clock.TimeNow(), absl::FromUnixSeconds(100));
  clock.AdvanceTime(absl::Milliseconds(1500));
  EXPECT_EQ(clock.TimeNow(), absl::FromUnixMillis(101'500));
  EXPECT_EQ(clock.SteadyNow() - start, absl::Milliseconds(1500));
}

TEST(SimulatedClockTest, AJumpOfTheWallClockLeavesTheSteadyClockAlone) {
  SimulatedClock clock(absl::FromUnixSeconds(100));
  const SteadyTime start = clock.SteadyNow();
  for (const int64_t seconds : {50, 5000}) {
    clock.SetTime(absl::FromUnixSeconds(seconds));
    EXPECT_EQ(clock.TimeNow(), absl::FromUnixSeconds(seconds));
    EXPECT_EQ(clock.SteadyNow(), start);
  }
}

TEST(MonotonicClockTest, GoesOnWithTheSteadyClockWhateverTheWallClockDoes) {
  SimulatedClock base(absl::FromUnixSeconds(100));
  MonotonicClock clock(base);
  EXPECT_EQ(clock.TimeNow(), absl::FromUnixSeconds(100));
  base.AdvanceTime(absl::Seconds(7));
  EXPECT_EQ(clock.TimeNow(), absl::FromUnixSeconds(107));
  base.SetTime(absl::FromUnixSeconds(5));
  EXPECT_EQ(clock.TimeNow(), absl::FromUnixSeconds(107));
  base.SetTime(absl::FromUnixSeconds(1'000'000));
  base.AdvanceTime(absl::Seconds(1));
  EXPECT_EQ(clock.TimeNow(), absl::FromUnixSeconds(108));
  EXPECT_EQ(clock.SteadyNow(), base.SteadyNow());
}

}  // namespace
}  // namespace tokenbroker

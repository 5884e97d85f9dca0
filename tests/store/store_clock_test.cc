#include "store/store_clock.h"

namespace tokenbroker {
namespace {

SteadyTime At(int64_t seconds) { return SteadyTime::FromOrigin(absl::Seconds(seconds)); }

TEST(StoreClockTest, ATimeOfOursIsEarlyOnTheStoresClockRatherThanLate) {
  StoreClock clocks;
  const absl::Time read = absl::FromUnixSeconds(1'800'000'000);
  // Read between 10 and 12, when the answer came.
  clocks.Saw("a", read, At(12));
  EXPECT_EQ(clocks.NotLaterThan("a", At(20)), read + absl::Seconds(8));
  EXPECT_EQ(clocks.NotLaterThan("a", At(11)), read - absl::Seconds(1));
}

TEST(StoreClockTest, OnlyTheLastReadingCounts) {
  StoreClock clocks;
  clocks.Saw("a", absl::FromUnixSeconds(1'800'000'000), At(1));
  clocks.Saw("a", absl::FromUnixSeconds(1'700'000'000), At(2));
  EXPECT_EQ(clocks.NotLaterThan("a", At(3)), absl::FromUnixSeconds(1'700'000'001));
}

TEST(StoreClockTest, EveryPrimaryHasItsOwn) {
  StoreClock clocks;
  clocks.Saw("a", absl::FromUnixSeconds(1'800'000'000), At(1));
  clocks.Saw("", absl::FromUnixSeconds(1'800'000'000), At(1));
  EXPECT_FALSE(clocks.NotLaterThan("b", At(2)).has_value());
  EXPECT_FALSE(clocks.NotLaterThan("", At(2)).has_value());
}

}  // namespace
}  // namespace tokenbroker

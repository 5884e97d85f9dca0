#include "token/store_time.h"

namespace tokenbroker {
namespace {

TEST(StoreTimeTest, TurnsTimesOfTheStoreIntoDeadlinesAndBack) {
  const SteadyTime sent = SteadyTime::FromOrigin(absl::Hours(1));
  const StoreTimeMark mark{absl::FromUnixSeconds(1000), sent};
  EXPECT_EQ(mark.ToSteady(absl::FromUnixSeconds(1060)), sent + absl::Minutes(1));
  EXPECT_EQ(mark.ToSteady(absl::FromUnixSeconds(940)), sent - absl::Minutes(1));
  EXPECT_EQ(mark.ToStore(sent + absl::Minutes(1)), absl::FromUnixSeconds(1060));
  EXPECT_EQ(mark.ToSteady(absl::InfiniteFuture()), SteadyTime::InfiniteFuture());
}

}  // namespace
}  // namespace tokenbroker

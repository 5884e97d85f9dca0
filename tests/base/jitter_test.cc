#include "base/jitter.h"

#include <algorithm>

namespace tokenbroker {
namespace {

constexpr int kDraws = 10'000;

TEST(JitterTest, AroundStaysInItsBoundsAndUsesThem) {
  Jitter jitter(1);
  absl::Duration least = absl::InfiniteDuration();
  absl::Duration most = absl::ZeroDuration();
  for (int i = 0; i < kDraws; ++i) {
    const absl::Duration d = jitter.Around(absl::Seconds(100), 0.1);
    least = std::min(least, d);
    most = std::max(most, d);
  }
  EXPECT_GE(least, absl::Seconds(90));
  EXPECT_LT(least, absl::Seconds(91));
  EXPECT_LE(most, absl::Seconds(110));
  EXPECT_GT(most, absl::Seconds(109));
}

TEST(JitterTest, BelowIsFullJitter) {
  Jitter jitter(2);
  absl::Duration least = absl::InfiniteDuration();
  absl::Duration most = absl::ZeroDuration();
  for (int i = 0; i < kDraws; ++i) {
    const absl::Duration d = jitter.Below(absl::Seconds(100));
    least = std::min(least, d);
    most = std::max(most, d);
  }
  EXPECT_GE(least, absl::ZeroDuration());
  EXPECT_LT(least, absl::Seconds(1));
  EXPECT_LT(most, absl::Seconds(100));
  EXPECT_GT(most, absl::Seconds(99));
}

TEST(JitterTest, NothingStaysNothingAndEternityStaysEternity) {
  Jitter jitter(3);
  EXPECT_EQ(jitter.Around(absl::ZeroDuration(), 0.1), absl::ZeroDuration());
  EXPECT_EQ(jitter.Below(absl::ZeroDuration()), absl::ZeroDuration());
  EXPECT_EQ(jitter.Around(absl::InfiniteDuration(), 0.1), absl::InfiniteDuration());
}

TEST(JitterTest, TheSeedDecidesTheDraws) {
  Jitter a(4), b(4), c(5);
  const absl::Duration first = a.Below(absl::Hours(1));
  EXPECT_EQ(first, b.Below(absl::Hours(1)));
  EXPECT_NE(first, c.Below(absl::Hours(1)));
}

}  // namespace
}  // namespace tokenbroker

#include "token/freshness_policy.h"

#include <algorithm>

namespace tokenbroker {
namespace {

constexpr absl::Duration kNever = absl::InfiniteDuration();

TEST(FreshnessPolicyTest, ServesUntilFiveSecondsOrATenthOfTheLifeBeforeTheExpiry) {
  EXPECT_EQ(ServeMargin(absl::Hours(1)), absl::Seconds(5));
  EXPECT_EQ(ServeMargin(absl::Seconds(50)), absl::Seconds(5));
  EXPECT_EQ(ServeMargin(absl::Seconds(2)), absl::Milliseconds(200));
  EXPECT_EQ(ServeMargin(absl::ZeroDuration()), absl::ZeroDuration());
  EXPECT_EQ(ServeMargin(kNever), absl::Seconds(5));
}

TEST(FreshnessPolicyTest, RefreshesNoTokenYoungerThanThirtySecondsOrATenthOfItsLife) {
  EXPECT_EQ(MinRefreshInterval(absl::Hours(1)), absl::Seconds(30));
  EXPECT_EQ(MinRefreshInterval(absl::Minutes(5)), absl::Seconds(30));
  EXPECT_EQ(MinRefreshInterval(absl::Seconds(10)), absl::Seconds(1));
  EXPECT_EQ(MinRefreshInterval(kNever), absl::Seconds(30));
}

TEST(FreshnessPolicyTest, IsDueFiveMinutesOrAFifthOfTheLifeBeforeTheExpiry) {
  EXPECT_EQ(DueMargin(absl::Hours(1), absl::nullopt), absl::Minutes(5));
  EXPECT_EQ(DueMargin(absl::Minutes(25), absl::nullopt), absl::Minutes(5));
  EXPECT_EQ(DueMargin(absl::Minutes(10), absl::nullopt), absl::Minutes(2));
  EXPECT_EQ(DueMargin(kNever, absl::nullopt), absl::Minutes(5));
}

TEST(FreshnessPolicyTest, TheConfiguredMarginHoldsUpToHalfTheLife) {
  EXPECT_EQ(DueMargin(absl::Hours(1), absl::Minutes(20)), absl::Minutes(20));
  EXPECT_EQ(DueMargin(absl::Hours(1), absl::Minutes(30)), absl::Minutes(30));
  EXPECT_EQ(DueMargin(absl::Hours(1), absl::Minutes(31)), absl::Minutes(30));
  EXPECT_EQ(DueMargin(absl::Hours(1), absl::ZeroDuration()), absl::ZeroDuration());
  EXPECT_EQ(DueMargin(kNever, absl::Minutes(20)), absl::Minutes(20));
}

TEST(FreshnessPolicyTest, JitterMovesTheMarginByATenthAtMost) {
  Jitter jitter(1);
  absl::Duration least = kNever;
  absl::Duration most = absl::ZeroDuration();
  for (int i = 0; i < 1000; ++i) {
    const absl::Duration margin = JitteredDueMargin(absl::Hours(1), absl::nullopt, jitter);
    least = std::min(least, margin);
    most = std::max(most, margin);
    EXPECT_LE(JitteredDueMargin(absl::Hours(1), absl::Hours(2), jitter), absl::Minutes(30));
  }
  EXPECT_GE(least, absl::Seconds(270));
  EXPECT_LE(most, absl::Seconds(330));
  EXPECT_GT(most - least, absl::Seconds(50));
}

TEST(FreshnessPolicyTest, AnIdleRefreshTokenIsUsedWhenFourFifthsOfItsIdleLifeAreOver) {
  EXPECT_EQ(KeepAliveInterval(absl::Hours(100)), absl::Hours(80));
}

TEST(FreshnessPolicyTest, WithoutMinTtlServesWhatIsOutsideTheMargin) {
  const absl::Duration life = absl::Hours(1);
  EXPECT_TRUE(IsServable(absl::Seconds(5) + absl::Nanoseconds(1), life, absl::nullopt));
  EXPECT_FALSE(IsServable(absl::Seconds(5), life, absl::nullopt));
  EXPECT_FALSE(IsServable(absl::ZeroDuration(), life, absl::nullopt));
  EXPECT_FALSE(IsServable(-absl::Seconds(1), life, absl::nullopt));
  EXPECT_TRUE(IsServable(absl::Milliseconds(201), absl::Seconds(2), absl::nullopt));
  EXPECT_FALSE(IsServable(absl::Milliseconds(200), absl::Seconds(2), absl::nullopt));
}

TEST(FreshnessPolicyTest, MinTtlIsAPromiseOfMoreThanThat) {
  const absl::Duration life = absl::Hours(1);
  EXPECT_TRUE(IsServable(absl::Minutes(5) + absl::Nanoseconds(1), life, absl::Minutes(5)));
  EXPECT_FALSE(IsServable(absl::Minutes(5), life, absl::Minutes(5)));
  // Smaller than the margin is the caller's own choice, but a dead token is served to nobody.
  EXPECT_TRUE(IsServable(absl::Seconds(1), life, absl::ZeroDuration()));
  EXPECT_FALSE(IsServable(absl::ZeroDuration(), life, absl::ZeroDuration()));
  EXPECT_FALSE(IsServable(-absl::Seconds(1), life, -absl::Seconds(5)));
}

TEST(FreshnessPolicyTest, ATokenWithoutKnownExpiryIsAlwaysServed) {
  EXPECT_TRUE(IsServable(kNever, kNever, absl::nullopt));
  EXPECT_TRUE(IsServable(kNever, kNever, absl::Hours(1'000'000)));
}

}  // namespace
}  // namespace tokenbroker

#include "broker/login_quota.h"

#include <gtest/gtest.h>

namespace tokenbroker {
namespace {

const SteadyTime kStart = SteadyTime() + absl::Hours(1);

TEST(LoginQuotaTest, SaysHowLongUntilOneMayBegin) {
  LoginQuota quota(2, absl::Minutes(10));
  EXPECT_EQ(quota.Take("web", kStart), absl::nullopt);
  EXPECT_EQ(quota.Take("web", kStart + absl::Minutes(1)), absl::nullopt);
  EXPECT_EQ(quota.Take("web", kStart + absl::Minutes(4)), absl::Minutes(6));
  EXPECT_EQ(quota.Take("web", kStart + absl::Minutes(10)), absl::nullopt);
}

TEST(LoginQuotaTest, CountsEachCallerByItself) {
  LoginQuota quota(1, absl::Minutes(10));
  EXPECT_EQ(quota.Take("web", kStart), absl::nullopt);
  EXPECT_EQ(quota.Take("job", kStart), absl::nullopt);
  EXPECT_TRUE(quota.Take("web", kStart).has_value());
}

TEST(LoginQuotaTest, WhatIsGivenBackDoesNotCount) {
  LoginQuota quota(1, absl::Minutes(10));
  EXPECT_EQ(quota.Take("web", kStart), absl::nullopt);
  quota.GiveBack("web");
  quota.GiveBack("nobody");
  EXPECT_EQ(quota.Take("web", kStart), absl::nullopt);
}

TEST(LoginQuotaTest, ForgetsCallersThatBeganNothingOfLate) {
  LoginQuota quota(1, absl::Minutes(10));
  for (int i = 0; i < 100; ++i) quota.Take("caller-" + std::to_string(i), kStart);
  EXPECT_EQ(quota.callers(), 100u);
  quota.Take("web", kStart + absl::Minutes(10));
  EXPECT_EQ(quota.callers(), 1u);
}

}  // namespace
}  // namespace tokenbroker

#include "broker/vouching.h"

#include <gtest/gtest.h>

namespace tokenbroker {
namespace {

SteadyTime At(int seconds) { return SteadyTime::FromOrigin(absl::Seconds(seconds)); }

TEST(VouchingTest, NothingIsCurrentBeforeTheFeedIsConnected) {
  Vouching vouching;
  EXPECT_FALSE(vouching.IsCurrent(At(1)));
  EXPECT_EQ(vouching.KnownGoodAt(At(1), At(5)), At(1));
}

TEST(VouchingTest, WhatWasVerifiedSinceThenIsCurrent) {
  Vouching vouching;
  vouching.OnConnected(At(10));
  EXPECT_FALSE(vouching.IsCurrent(At(9)));
  EXPECT_TRUE(vouching.IsCurrent(At(10)));
  EXPECT_EQ(vouching.KnownGoodAt(At(10), At(50)), At(50));
  EXPECT_EQ(vouching.KnownGoodAt(At(9), At(50)), At(9));
}

TEST(VouchingTest, ACutEndsThat) {
  Vouching vouching;
  vouching.OnConnected(At(10));
  vouching.OnCut(At(20));
  vouching.OnCut(At(25));
  EXPECT_FALSE(vouching.IsCurrent(At(15)));
  EXPECT_EQ(vouching.KnownGoodAt(At(15), At(50)), At(20));
  EXPECT_EQ(vouching.KnownGoodAt(At(22), At(50)), At(22));
}

TEST(VouchingTest, EachConnectionVouchesForWhatWasVerifiedDuringIt) {
  Vouching vouching;
  for (const int start : {10, 30, 50}) {
    vouching.OnConnected(At(start));
    vouching.OnCut(At(start + 10));
  }
  EXPECT_EQ(vouching.KnownGoodAt(At(5), At(99)), At(5));
  EXPECT_EQ(vouching.KnownGoodAt(At(15), At(99)), At(20));
  EXPECT_EQ(vouching.KnownGoodAt(At(35), At(99)), At(40));
  EXPECT_EQ(vouching.KnownGoodAt(At(55), At(99)), At(60));
}

TEST(VouchingTest, KnowsWhenTheStoreWasLastHeardOf) {
  Vouching vouching;
  EXPECT_EQ(vouching.LastHeard(At(5)), absl::nullopt);
  vouching.OnAnswer(At(7));
  EXPECT_EQ(vouching.LastHeard(At(9)), At(7));
  vouching.OnConnected(At(10));
  EXPECT_EQ(vouching.LastHeard(At(15)), At(15));
  vouching.OnCut(At(20));
  EXPECT_EQ(vouching.LastHeard(At(30)), At(20));
  vouching.OnAnswer(At(25));
  EXPECT_EQ(vouching.LastHeard(At(30)), At(25));
}

TEST(VouchingTest, ALongHistoryIsForgottenOnTheSafeSide) {
  Vouching vouching;
  for (int start = 0; start < 10'000; start += 20) {
    vouching.OnConnected(At(start));
    vouching.OnCut(At(start + 10));
  }
  EXPECT_EQ(vouching.KnownGoodAt(At(5), At(10'000)), At(5));
  EXPECT_EQ(vouching.KnownGoodAt(At(9'985), At(10'000)), At(9'990));
}

}  // namespace
}  // namespace tokenbroker

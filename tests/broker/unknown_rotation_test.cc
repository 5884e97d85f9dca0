#include "broker/unknown_rotation.h"

#include <gtest/gtest.h>

namespace tokenbroker {
namespace {

const absl::Time kBegun = absl::FromUnixSeconds(1'800'000'000);

class UnknownRotationTest : public ::testing::Test {
 protected:
  absl::Time AgainAt(absl::Time now, Demand demand = Demand::kCaller) const {
    return MayPresentAgainAt(grant_, {kBegun, kBegun}, config_, demand, now);
  }
  Grant grant_;
  ProviderConfig config_;
};

TEST_F(UnknownRotationTest, AProviderThatDoesNotRotateIsAskedAgainAtOnce) {
  config_.refresh.rotation = Rotation::kNone;
  EXPECT_EQ(AgainAt(kBegun + absl::Seconds(6)), kBegun + absl::Seconds(6));
}

TEST_F(UnknownRotationTest, WithinItsGraceTheOldTokenIsPresentedAgain) {
  config_.refresh.rotation = Rotation::kGrace;
  config_.refresh.rotation_grace = absl::Seconds(30);
  EXPECT_EQ(AgainAt(kBegun + absl::Seconds(19)), kBegun + absl::Seconds(19));
}

TEST_F(UnknownRotationTest, AnAnswerThatMightComeAfterTheGraceIsTooLate) {
  config_.refresh.rotation = Rotation::kGrace;
  config_.refresh.rotation_grace = absl::Seconds(30);
  EXPECT_EQ(AgainAt(kBegun + absl::Seconds(20)), kBegun + absl::Seconds(40));
}

TEST_F(UnknownRotationTest, ASingleUseTokenWaitsForTheAccessTokensEnd) {
  grant_.expires_at = kBegun + absl::Minutes(5);
  EXPECT_EQ(AgainAt(kBegun + absl::Seconds(6)), kBegun + absl::Minutes(5));
}

TEST_F(UnknownRotationTest, AndForAPausedHolderToComeBack) {
  grant_.expires_at = kBegun + absl::Seconds(2);
  EXPECT_EQ(AgainAt(kBegun + absl::Seconds(6)), kBegun + absl::Seconds(40));
  config_.request_timeout = absl::Seconds(20);
  EXPECT_EQ(AgainAt(kBegun + absl::Seconds(6)), kBegun + absl::Seconds(50));
}

TEST_F(UnknownRotationTest, WithoutExpiryACallerWhoseTokenIsRejectedWaitsForTheHolderOnly) {
  EXPECT_EQ(AgainAt(kBegun + absl::Seconds(6)), kBegun + absl::Seconds(40));
}

TEST_F(UnknownRotationTest, WithoutExpiryNothingIsPresentedBeforeACallerIsRejected) {
  EXPECT_EQ(AgainAt(kBegun + absl::Hours(6), Demand::kBackground), absl::InfiniteFuture());
  config_.refresh.rotation = Rotation::kNone;
  EXPECT_EQ(AgainAt(kBegun + absl::Hours(6), Demand::kBackground), kBegun + absl::Hours(6));
}

}  // namespace
}  // namespace tokenbroker

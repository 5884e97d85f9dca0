// A replica is stopped beyond its lease while the provider's answer is under way, then continued.
#include <future>
#include <iostream>

#include "tests/chaos/fleet.h"

namespace tokenbroker {
namespace {

using provider_simulator::Endpoint;
using provider_simulator::Rotation;

constexpr char kSubject[] = "user-0";
// Longer than the lease of 6 s.
constexpr absl::Duration kBeyondTheLease = absl::Seconds(8);

class PausedHolderTest : public FleetTest {
 protected:
  using Answer = Outcome<v1::GetFreshTokenResponse>;

  // Replica 0 has sent the refresh of the first token, and stands still.
  void PauseTheHolder(Rotation rotation) {
    SetRotation(rotation);
    SetTokenLifetime(absl::Seconds(20));
    StartReplicas(2);
    first_ = LogIn(kSubject).token();
    SetTokenLifetime(absl::Minutes(2));
    provider().Configure(
        [](auto& settings) { settings.latency[Endpoint::kToken] = absl::Seconds(1); });
    held_ = std::async(std::launch::async, [this] {
      Answer last;
      Eventually([this, &last] {
        last = GetTokenGoodFor(kSubject, absl::Seconds(30));
        return last.ok();
      });
      return last;
    });
    ASSERT_TRUE(Eventually([&] { return counters().Refreshes() == 1; }));
    replica(0).Pause();
    paused_ = absl::Now();
    provider().Configure([](auto& settings) { settings.latency.clear(); });
  }
  Answer AskTheOther() { return GetTokenGoodFor(kSubject, absl::Seconds(30), 1, absl::Seconds(1)); }
  bool BeyondTheLease() const { return absl::Now() > paused_ + kBeyondTheLease; }

  v1::AccessToken first_;
  std::future<Answer> held_;
  absl::Time paused_;
};

TEST_F(PausedHolderTest, StoresASingleUseTokenThatNobodySuperseded) {
  ASSERT_NO_FATAL_FAILURE(PauseTheHolder(Rotation::kSingleUse));
  EXPECT_TRUE(Eventually([&] {
    EXPECT_FALSE(AskTheOther().ok());
    return BeyondTheLease();
  }));
  EXPECT_EQ(counters().MaxPresented(), 1u) << "the other was patient";
  EXPECT_TRUE(GetToken(kSubject, 1).ok()) << "the old token is good";
  replica(0).Continue();
  const Answer held = held_.get();
  ASSERT_TRUE(held.ok()) << held.error.reason;
  EXPECT_TRUE(Eventually([&] {
    return GetToken(kSubject, 1).response.token().access_token() ==
           held.response.token().access_token();
  }));
  EXPECT_EQ(counters().MaxPresented(), 1u);
  EXPECT_EQ(counters().Refreshes(), 1u);
  std::cout << "single_use: presented " << counters().MaxPresented() << " times, stored by "
            << "the holder\n";
}

TEST_F(PausedHolderTest, LosesCleanlyWhenTheTokenDoesNotRotate) {
  ASSERT_NO_FATAL_FAILURE(PauseTheHolder(Rotation::kNone));
  Answer other;
  EXPECT_TRUE(Eventually([&] {
    other = AskTheOther();
    return other.ok() && BeyondTheLease();
  }));
  replica(0).Continue();
  const Answer held = held_.get();
  ASSERT_TRUE(held.ok()) << held.error.reason;
  const int64_t newest = other.response.token().generation();
  for (size_t at : {0u, 1u}) {
    EXPECT_TRUE(Eventually([&] {
      return GetToken(kSubject, at).response.token().generation() >= newest;
    })) << at;
  }
  EXPECT_EQ(GetToken(kSubject, 0).response.token().access_token(),
            GetToken(kSubject, 1).response.token().access_token());
  EXPECT_EQ(GetGrant(kSubject).state(), v1::GRANT_STATE_ACTIVE);
  std::cout << "none: " << counters().Refreshes() << " refreshes, one token in the end\n";
}

TEST_F(PausedHolderTest, KeepsAGraceTokenAliveWhicheverAnswerIsStored) {
  ASSERT_NO_FATAL_FAILURE(PauseTheHolder(Rotation::kGrace));
  Answer other;
  EXPECT_TRUE(Eventually([&] {
    other = AskTheOther();
    return other.ok() && BeyondTheLease();
  }));
  replica(0).Continue();
  EXPECT_TRUE(held_.get().ok());
  const uint64_t refreshes = counters().Refreshes();
  SetTokenLifetime(absl::Hours(1));
  Answer next;
  EXPECT_TRUE(Eventually([&] {
    next = GetTokenGoodFor(kSubject, absl::Minutes(3));
    return next.ok();
  })) << next.error.reason;
  EXPECT_EQ(counters().Refreshes(), refreshes + 1) << "the stored token is one that works";
  EXPECT_EQ(counters().families_revoked_by_reuse, 0u);
}

}  // namespace
}  // namespace tokenbroker

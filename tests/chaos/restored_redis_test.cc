// Redis comes back from an older snapshot, while the brokers go on: what they stored since is put
// back, and what nobody put back is never answered with an older token.
#include <iostream>

#include "tests/chaos/fleet.h"
#include "tests/support/stop_event.h"

namespace tokenbroker {
namespace {

using provider_simulator::Rotation;

constexpr char kSubject[] = "user-0";

class RestoredRedisTest : public FleetTest {
 protected:
  // A login that is in the snapshot, and a refresh that is not.
  void RefreshAfterTheSnapshot(absl::Duration life) {
    SetRotation(Rotation::kSingleUse);
    SetTokenLifetime(absl::Seconds(10));
    StartRedis();
    StartReplicas(2);
    LogIn(kSubject);
    EXPECT_EQ(redis().Command({"SAVE"}), "OK");
    SetTokenLifetime(life);
    Outcome<v1::GetFreshTokenResponse> answer;
    ASSERT_TRUE(Eventually([&] {
      answer = GetTokenGoodFor(kSubject, absl::Seconds(20));
      return answer.ok();
    }));
    refreshed_ = answer.response.token();
  }
  void GoBack() {
    redis().Kill();
    redis().Restart();
  }
  std::string Generation() { return RecordField(kSubject, "gen"); }

  v1::AccessToken refreshed_;
};

TEST_F(RestoredRedisTest, WhatWasStoredLatelyIsPutBack) {
  RefreshAfterTheSnapshot(absl::Minutes(1));
  const std::string committed = std::to_string(refreshed_.generation());
  ASSERT_EQ(Generation(), committed);
  GoBack();
  EXPECT_TRUE(Eventually([&] { return Generation() == committed; })) << Generation();
  for (size_t at : {0u, 1u}) {
    const auto answer = GetToken(kSubject, at);
    ASSERT_TRUE(answer.ok()) << at << " " << answer.error.reason;
    EXPECT_EQ(answer.response.token().access_token(), refreshed_.access_token()) << at;
  }
  SetTokenLifetime(absl::Hours(1));
  Outcome<v1::GetFreshTokenResponse> next;
  EXPECT_TRUE(Eventually([&] {
    next = GetTokenGoodFor(kSubject, absl::Minutes(10), 1);
    return next.ok();
  })) << next.error.reason;
  std::cout << "restored; " << counters().Refreshes() << " refreshes, each token presented at most "
            << counters().MaxPresented() << " times\n";
  EXPECT_EQ(counters().MaxPresented(), 1u);
  EXPECT_EQ(counters().families_revoked_by_reuse, 0u);
}

// Nobody can put it back; callers never see less than they had.
TEST_F(RestoredRedisTest, WhatWasStoredLongAgoIsServedWhileItIsGoodAndNothingOlder) {
  if (!AtFullLength()) GTEST_SKIP() << "what is put back is forgotten after a minute: make prove";
  RefreshAfterTheSnapshot(absl::Minutes(5));
  for (size_t at : {0u, 1u}) EXPECT_TRUE(GetToken(kSubject, at).ok());
  StopEvent never;
  never.StoppedWithin(absl::Seconds(61));
  GoBack();
  // Long enough for the settling to end and the refresher to find the older token due.
  const absl::Time end = absl::Now() + absl::Seconds(20);
  while (absl::Now() < end) {
    for (size_t at : {0u, 1u}) {
      const auto answer = GetToken(kSubject, at);
      ASSERT_TRUE(answer.ok()) << at << " " << answer.error.reason;
      ASSERT_EQ(answer.response.token().generation(), refreshed_.generation()) << at;
    }
  }
  std::cout << "lost for good; " << counters().Refreshes()
            << " refreshes, each token presented at most " << counters().MaxPresented()
            << " times\n";
  EXPECT_EQ(counters().MaxPresented(), 1u) << "the spent one waits for the end of the newer";
}

TEST_F(RestoredRedisTest, ALoginThatTheSnapshotDoesNotHaveIsPutBack) {
  StartRedis();
  StartReplicas(2);
  LogIn("somebody-else");
  EXPECT_EQ(redis().Command({"SAVE"}), "OK");
  const v1::AccessToken token = LogIn(kSubject).token();
  ASSERT_NE(Generation(), "");
  GoBack();
  EXPECT_TRUE(Eventually([&] { return Generation() == std::to_string(token.generation()); }))
      << Generation();
  EXPECT_TRUE(GetToken(kSubject, 1).ok());
}

TEST_F(RestoredRedisTest, ARevocationThatTheSnapshotDoesNotHaveIsPutBack) {
  StartRedis();
  StartReplicas(2);
  LogIn(kSubject);
  EXPECT_EQ(redis().Command({"SAVE"}), "OK");
  ASSERT_TRUE(replica(0).client().RevokeGrant(kSubject).ok());
  ASSERT_EQ(RecordField(kSubject, "state"), "revoked");
  GoBack();
  EXPECT_TRUE(Eventually([&] { return RecordField(kSubject, "state") == "revoked"; }));
  for (size_t at : {0u, 1u}) {
    EXPECT_EQ(GetToken(kSubject, at).error.reason, "REAUTHORIZATION_REQUIRED") << at;
  }
}

}  // namespace
}  // namespace tokenbroker

// Promise 2 when Redis goes between the provider's answer and the commit: the rotated token is
// spilled to disk, served, and stored when Redis is back, whatever becomes of the replica.
#include <future>
#include <iostream>

#include "tests/chaos/fleet.h"

namespace tokenbroker {
namespace {

using provider_simulator::Endpoint;
using provider_simulator::Rotation;

constexpr char kSubject[] = "user-0";

class SpillTest : public FleetTest {
 protected:
  // Redis stops answering while the provider works on the answer of a refresh that replica 0 began;
  // what its caller got in the end. `stop` is done to Redis.
  template <typename Stop>
  void RefreshAcrossAnOutage(Stop stop) {
    SetRotation(Rotation::kSingleUse);
    SetTokenLifetime(absl::Seconds(10));
    StartRedis({"--appendonly", "yes", "--appendfsync", "always"});
    StartReplicas(2);
    first_ = LogIn(kSubject).token();
    SetTokenLifetime(absl::Seconds(40));
    provider().Configure(
        [](auto& settings) { settings.latency[Endpoint::kToken] = absl::Seconds(2); });
    // A token that was just made is not refreshed, whoever asks.
    auto caller = std::async(std::launch::async, [this] {
      Outcome<v1::GetFreshTokenResponse> last;
      Eventually([this, &last] {
        last = GetTokenGoodFor(kSubject, absl::Seconds(20));
        return last.ok();
      });
      return last;
    });
    ASSERT_TRUE(Eventually([&] { return counters().Refreshes() == 1; }));
    stop();
    const auto answer = caller.get();
    ASSERT_TRUE(answer.ok()) << answer.error.reason << answer.status.error_message();
    served_ = answer.response.token();
    provider().Configure([](auto& settings) { settings.latency.clear(); });
    EXPECT_GT(served_.generation(), first_.generation());
    EXPECT_EQ(replica(0).Spilled(), 1) << "served, and safe on disk";
  }

  // The grant lives on with the token that was spilled, at every replica.
  void ExpectAliveWithTheNewToken() {
    EXPECT_TRUE(Eventually([&] { return replica(0).Spilled() == 0; }, absl::Minutes(1)));
    EXPECT_TRUE(Eventually([&] {
      return RecordField(kSubject, "gen") == std::to_string(served_.generation());
    })) << RecordField(kSubject, "gen");
    for (size_t at : {0u, 1u}) {
      Outcome<v1::GetFreshTokenResponse> answer;
      EXPECT_TRUE(Eventually([&] {
        answer = GetToken(kSubject, at);
        return answer.ok() && answer.response.token().access_token() == served_.access_token();
      })) << at
          << " " << answer.error.reason;
    }
    const std::string rotated = FamilyOf(kSubject).refresh_tokens.at(1);
    EXPECT_EQ(counters().refresh_tokens.count(rotated), 0u);
    SetTokenLifetime(absl::Hours(1));
    Outcome<v1::GetFreshTokenResponse> next;
    EXPECT_TRUE(Eventually([&] {
      next = GetTokenGoodFor(kSubject, absl::Minutes(1), 1);
      return next.ok();
    })) << next.error.reason;
    EXPECT_EQ(counters().refresh_tokens.at(rotated).accepted, 1u);
    EXPECT_EQ(counters().MaxPresented(), 1u);
    EXPECT_EQ(counters().families_revoked_by_reuse, 0u);
    std::cout << counters().Refreshes() << " refreshes, each token presented at most "
              << counters().MaxPresented() << " times, 1 spilled and stored, 0 lost\n";
  }

  v1::AccessToken first_;
  v1::AccessToken served_;
};

TEST_F(SpillTest, ACommitThatAStoppedRedisDoesNotTakeIsSpilledServedAndStoredLater) {
  ASSERT_NO_FATAL_FAILURE(RefreshAcrossAnOutage([this] { redis().Pause(); }));
  redis().Continue();
  ExpectAliveWithTheNewToken();
}

TEST_F(SpillTest, ACommitThatADeadRedisDoesNotTakeIsSpilledServedAndStoredLater) {
  ASSERT_NO_FATAL_FAILURE(RefreshAcrossAnOutage([this] { redis().Kill(); }));
  redis().Restart();
  ExpectAliveWithTheNewToken();
}

TEST_F(SpillTest, AReplicaKilledWithASpillOnDiskBringsTheTokenBack) {
  ASSERT_NO_FATAL_FAILURE(RefreshAcrossAnOutage([this] { redis().Kill(); }));
  replica(0).Kill();
  EXPECT_EQ(replica(0).Spilled(), 1);
  redis().Restart();
  replica(0).Start();
  ExpectAliveWithTheNewToken();
}

TEST_F(SpillTest, AReplicaThatComesBackBeforeRedisDoesBringsTheTokenBack) {
  ASSERT_NO_FATAL_FAILURE(RefreshAcrossAnOutage([this] { redis().Kill(); }));
  replica(0).Kill();
  replica(0).Start();
  EXPECT_EQ(replica(0).Spilled(), 1);
  redis().Restart();
  ExpectAliveWithTheNewToken();
}

TEST_F(SpillTest, AShutdownWithASpillOnDiskLeavesItThereForTheNextStart) {
  ASSERT_NO_FATAL_FAILURE(RefreshAcrossAnOutage([this] { redis().Kill(); }));
  replica(0).Terminate();
  EXPECT_EQ(replica(0).Spilled(), 1);
  redis().Restart();
  replica(0).Start();
  ExpectAliveWithTheNewToken();
}

}  // namespace
}  // namespace tokenbroker

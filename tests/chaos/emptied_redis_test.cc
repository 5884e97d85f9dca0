// Scripts forgotten, everything forgotten, the wrong database, no memory left: nobody is told to
// log in again.
#include <iostream>

#include "tests/chaos/fleet.h"
#include "tests/chaos/load.h"

namespace tokenbroker {
namespace {

class EmptiedRedisTest : public FleetTest {};

TEST_F(EmptiedRedisTest, ScriptsThatAreFlushedAllTheTimeCostNobodyAnything) {
  SetTokenLifetime(absl::Seconds(3));
  StartReplicas(2);
  const std::vector<std::string> subjects = LogInMany(20);
  Load load(replicas(), subjects);
  int flushes = 0;
  for (const absl::Time end = absl::Now() + RunTime(absl::Seconds(5), absl::Minutes(1));
       absl::Now() < end; ++flushes) {
    redis().Command({"SCRIPT", "FLUSH"});
    load.RunFor(absl::Milliseconds(100));
  }
  const Load::Counts seen = load.Stop();
  std::cout << flushes << " flushes: " << seen << "; " << counters().Refreshes()
            << " refreshes, each token presented at most " << counters().MaxPresented()
            << " times\n";
  EXPECT_EQ(seen.errors, 0);
  EXPECT_EQ(counters().MaxPresented(), 1u);
  EXPECT_GT(counters().Refreshes(), 20u);
}

TEST_F(EmptiedRedisTest, AnEmptiedRedisLogsNobodyOut) {
  SetTokenLifetime(absl::Seconds(6));
  StartReplicas(2);
  const std::vector<std::string> subjects = LogInMany(10);
  Load load(replicas(), subjects);
  EXPECT_EQ(redis().Command({"FLUSHALL"}), "OK");
  load.RunFor(RunTime(absl::Seconds(8), absl::Seconds(30)));
  const Load::Counts seen = load.Stop();
  std::cout << "emptied: " << seen << "\n";
  EXPECT_GT(seen.answers, 0);
  EXPECT_GT(seen.errors, 0) << "tokens end, and cannot be refreshed";
  EXPECT_EQ(seen.reasons.size(), 1u);
  EXPECT_EQ(seen.reasons.count("STORE_UNAVAILABLE"), 1u);
  EXPECT_EQ(GetToken("a-stranger").error.reason, "STORE_UNAVAILABLE");
  EXPECT_EQ(counters().MaxPresented(), 0u) << "nothing is sent without an intent";
}

TEST_F(EmptiedRedisTest, TheWrongDatabaseIsNoStoreAndNotAnEmptyOne) {
  StartReplicas(1);
  LogIn("user-0");
  AddReplica(redis_uri(1), Replica::Missing::kRefuse);
  EXPECT_EQ(GetToken("user-0", 1).error.reason, "STORE_UNAVAILABLE");
  EXPECT_EQ(GetToken("a-stranger", 1).error.reason, "STORE_UNAVAILABLE");
  EXPECT_TRUE(GetToken("user-0", 0).ok());
}

TEST_F(EmptiedRedisTest, CommitsGoOnWhenRedisHasNoMemoryLeft) {
  SetTokenLifetime(absl::Seconds(10));
  provider().Configure([](auto& settings) {
    settings.latency[provider_simulator::Endpoint::kToken] = absl::Seconds(2);
  });
  StartReplicas(1);
  const v1::AccessToken first = LogIn("user-0").token();
  // Its refresh is under way when the memory ends.
  ASSERT_TRUE(Eventually([&] { return counters().Refreshes() == 1; }));
  EXPECT_EQ(redis().Command({"CONFIG", "SET", "maxmemory", "1"}), "OK");
  EXPECT_TRUE(Eventually(
      [&] { return RecordField("user-0", "gen") != std::to_string(first.generation()); }));
  EXPECT_EQ(replica(0).Spilled(), 0);
  EXPECT_TRUE(Eventually([&] {
    return replica(0).client().BuildLoginUri("user-1").error.reason == "STORE_UNAVAILABLE";
  })) << "logins are refused";
  EXPECT_EQ(redis().Command({"CONFIG", "SET", "maxmemory", "0"}), "OK");
  EXPECT_TRUE(MovesBeyond(GetToken("user-0").response.token().generation(), "user-0"));
  EXPECT_EQ(counters().MaxPresented(), 1u);
}

TEST_F(EmptiedRedisTest, UnfinishedLoginsThatFillTheMemoryEndLoginsAndNoRefresh) {
  SetTokenLifetime(absl::Seconds(4));
  StartReplicas(1);
  const v1::AccessToken first = LogIn("user-0").token();
  const std::string info = redis().Command({"INFO", "memory"});
  const int64_t used = std::stoll(info.substr(info.find("used_memory:") + 12));
  // At 78 %: a few hundred logins are two more.
  EXPECT_EQ(redis().Command({"CONFIG", "SET", "maxmemory", std::to_string(used * 100 / 78)}), "OK");
  int begun = 0;
  EXPECT_TRUE(Eventually([&] {
    const auto built = replica(0).client().BuildLoginUri("user-" + std::to_string(++begun));
    return built.error.reason == "STORE_UNAVAILABLE";
  }));
  EXPECT_LT(begun, 1'000) << "refused by the memory, not by the quota";
  EXPECT_TRUE(MovesBeyond(first.generation(), "user-0"));
  std::cout << begun << " unfinished logins; refreshes go on\n";
  EXPECT_EQ(replica(0).Spilled(), 0);
}

}  // namespace
}  // namespace tokenbroker

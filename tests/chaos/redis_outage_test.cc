// Redis stops for a while, or dies and comes back from its append-only file, while callers ask.
#include <iostream>

#include "tests/chaos/fleet.h"
#include "tests/chaos/load.h"

namespace tokenbroker {
namespace {

using provider_simulator::Counters;
using provider_simulator::Rotation;

class RedisOutageTest : public FleetTest {
 protected:
  // Tokens that are refreshed from half of their life on, so that some are due at any time and good
  // for as long as the outage and the settling after it.
  void StartFleet() {
    life_ = absl::Seconds(HowMany(30, 60));
    SetRotation(Rotation::kSingleUse);
    SetTokenLifetime(life_);
    SetMargin(life_ / 2);
    provider().Configure([](auto& settings) {
      settings.latency[provider_simulator::Endpoint::kToken] = absl::Milliseconds(200);
    });
    StartRedis({"--appendonly", "yes", "--appendfsync", "always"});
    StartReplicas(3);
    subjects_ = LogInMany(HowMany(30, 200));
  }

  // `outage` takes place while refreshes are under way.
  template <typename Outage>
  void RunAcross(const char* name, Outage outage) {
    Load load(replicas(), subjects_);
    ASSERT_TRUE(Eventually([&] { return counters().Refreshes() > 3; }, life_));
    // Only what a replica has in memory can be served without Redis.
    for (size_t at = 0; at < replicas().size(); ++at) {
      for (const std::string& subject : subjects_) EXPECT_TRUE(GetToken(subject, at).ok());
    }
    const uint64_t before = counters().Refreshes();
    outage();
    EXPECT_TRUE(Eventually([&] { return counters().Refreshes() > before + subjects_.size() / 3; },
                           absl::Minutes(2)));
    const Load::Counts seen = load.Stop();
    for (Replica* replica : replicas()) EXPECT_EQ(replica->Terminate(), 0);
    const Counters counted = counters();
    int intents = 0;
    for (const std::string& subject : subjects_) {
      if (!RecordField(subject, "intent_at").empty()) ++intents;
    }
    std::cout << name << ": " << subjects_.size() << " grants: " << seen << "; " << before
              << " refreshes before and " << counted.Refreshes() - before
              << " after, each token presented at most " << counted.MaxPresented() << " times, "
              << intents << " intents left, " << counted.families_revoked_by_reuse << " reuses\n";
    EXPECT_EQ(seen.errors, 0);
    EXPECT_EQ(seen.expired, 0);
    EXPECT_EQ(intents, 0) << "an intent that nobody sent";
    EXPECT_EQ(counted.MaxPresented(), 1u);
    EXPECT_EQ(counted.families_revoked_by_reuse, 0u);
    for (const Replica* replica : replicas()) EXPECT_EQ(replica->Spilled(), 0);
  }

  absl::Duration life_;
  std::vector<std::string> subjects_;
};

TEST_F(RedisOutageTest, AStoppedRedisCostsNobodyAGoodTokenAndNoRotation) {
  StartFleet();
  RunAcross("SIGSTOP", [this] {
    redis().Pause();
    StopEvent never;
    never.StoppedWithin(absl::Seconds(HowMany(3, 10)));
    redis().Continue();
  });
}

TEST_F(RedisOutageTest, ARedisThatIsKilledAndComesBackCostsNobodyAGoodTokenAndNoRotation) {
  StartFleet();
  RunAcross("SIGKILL and restart", [this] {
    redis().Kill();
    StopEvent never;
    never.StoppedWithin(absl::Seconds(1));
    redis().Restart();
  });
}

}  // namespace
}  // namespace tokenbroker

// DirectClient through failovers of real Sentinels: no restart, no new client.
#include "redis/direct_client.h"
#include "tests/redis/real_time_test.h"
#include "tests/support/redis_sentinel_group.h"

namespace tokenbroker {
namespace {

class SentinelFailoverTest : public RealTimeTest {
 protected:
  SentinelFailoverTest() {
    SetUntilOk(client(), "before", "1");
    EXPECT_TRUE(Run(client().AwaitReplicas("barrier", 1, In(absl::Seconds(10)))).ok());
  }

  DirectClient& client() {
    if (client_ != nullptr) return *client_;
    RedisOptions options;
    options.mode = RedisOptions::Mode::kSentinel;
    options.endpoints.push_back(
        {"127.0.0.1", static_cast<uint16_t>(group_.sentinel(0).port()), ""});
    options.sentinel_primary = "main";
    client_ = std::make_unique<DirectClient>(loop_, options, 1);
    return *client_;
  }
  static std::string At(const RedisServer& server) {
    return "127.0.0.1:" + std::to_string(server.port());
  }

  RedisSentinelGroup group_;
  RedisServer& primary_ = group_.primary();
  RedisServer& replica_ = group_.replica();
  std::unique_ptr<DirectClient> client_;
};

TEST_F(SentinelFailoverTest, AKilledPrimaryIsReplacedAndSoIsTheSentinelThatWasGiven) {
  EXPECT_EQ(client().PrimaryOf("k"), At(primary_));
  group_.sentinel(0).WaitForLine("+sentinel sentinel");
  primary_.Kill();
  const absl::Duration outage = SetUntilOk(client(), "after", "2");
  RecordProperty("outage_ms", static_cast<int>(absl::ToInt64Milliseconds(outage)));
  EXPECT_EQ(client().PrimaryOf("k"), At(replica_));
  EXPECT_EQ(replica_.Command({"MGET", "before", "after"}), "1\n2\n");
  // The other sentinels were learned of.
  group_.sentinel(0).Kill();
  replica_.Command({"CLIENT", "KILL", "TYPE", "normal"});
  SetUntilOk(client(), "after", "3");
  EXPECT_EQ(replica_.Command({"GET", "after"}), "3");
}

TEST_F(SentinelFailoverTest, AStoppedPrimaryIsLeftAndNotReturnedToWhenItGoesOn) {
  primary_.Pause();
  const absl::Duration outage = SetUntilOk(client(), "after", "2");
  RecordProperty("outage_ms", static_cast<int>(absl::ToInt64Milliseconds(outage)));
  EXPECT_EQ(client().PrimaryOf("k"), At(replica_));
  primary_.Continue();
  // What it answered last is another server's, so that its replicas prove nothing.
  SetUntilOk(client(), "after", "3");
  primary_.WaitForLine("Before turning into a replica");
  EXPECT_EQ(client().PrimaryOf("k"), At(replica_));
  while (!Run(client().AwaitReplicas("barrier", 1, In(absl::Seconds(2)))).ok()) {
  }
  EXPECT_EQ(primary_.Command({"GET", "after"}), "3");
}

}  // namespace
}  // namespace tokenbroker

#include "store/change_feed.h"

#include "tests/store/contract_fixture.h"
#include "tests/store/packed_fields.h"
#include "tests/store/redis_under_test.h"
#include "tests/support/metric_value.h"

namespace tokenbroker {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class ChangeFeedTest : public StoreContract {
 protected:
  RedisUnderTest& redis() { return static_cast<RedisUnderTest&>(*store_); }
  TamperedClient& client() { return redis().first().client; }
  void Subscribe() {
    grants().Subscribe(&recorder_);
    Settle();
    ASSERT_EQ(recorder_.connections, 1);
  }

  ChangeRecorder recorder_;
};
INSTANTIATE_TEST_SUITE_P(Redis, ChangeFeedTest, ::testing::Values(SharedRedis()));

// Two primaries in one server: that of the even shards and that of the odd ones. Each may fall
// silent, and each has a run_id of its own.
class TwoPrimaries : public RedisClient {
 public:
  explicit TwoPrimaries(RedisClient& client) : client_(client) {}

  struct Primary {
    std::string run_id;
    bool silent = false;
    int beats = 0;
  };
  Primary even{"run-even"};
  Primary odd{"run-odd"};

  Task<absl::StatusOr<RedisReply>> Call(RedisCommand command) override {
    return client_.Call(std::move(command));
  }
  Task<absl::StatusOr<RedisReply>> Run(ScriptCall call) override {
    if (call.script->name() != "heartbeat") co_return co_await client_.Run(std::move(call));
    Primary& primary = IsEven(call.keys.front()) ? even : odd;
    if (primary.silent) co_return absl::UnavailableError("silent");
    ++primary.beats;
    auto reply = co_await client_.Run(std::move(call));
    // {outcome, time, values, ...}
    if (reply.ok()) reply->items[2].text = PackedFields({{"run_id", primary.run_id}});
    co_return reply;
  }
  Task<absl::Status> AwaitReplicas(std::string barrier_key, int replicas,
                                   SteadyTime deadline) override {
    return client_.AwaitReplicas(std::move(barrier_key), replicas, deadline);
  }
  std::string PrimaryOf(absl::string_view key) override { return IsEven(key) ? "even" : "odd"; }
  void Subscribe(std::string channel, ChannelListener* listener) override {
    client_.Subscribe(std::move(channel), listener);
  }
  void Resubscribe() override { client_.Resubscribe(); }

 private:
  // "tb:{63}:..."
  static bool IsEven(absl::string_view key) { return (key[key.find('}') - 1] - '0') % 2 == 0; }

  RedisClient& client_;
};

class ChangeFeedOfTwoTest : public ChangeFeedTest {
 protected:
  ChangeFeedOfTwoTest() {
    feed_.Start(&recorder_);
    Settle();
    EXPECT_EQ(recorder_.connections, 1);
  }

  TwoPrimaries primaries_{client()};
  Metrics metrics_;
  StoreLink link_{loop_, primaries_, metrics_, {.clock_chunk = kTestClockChunk}};
  ChangeFeed feed_{link_, "replica"};
};
INSTANTIATE_TEST_SUITE_P(Redis, ChangeFeedOfTwoTest, ::testing::Values(SharedRedis()));

TEST_P(ChangeFeedOfTwoTest, EveryPrimaryHasAHeartbeatEachSecond) {
  Advance(absl::Minutes(1));
  EXPECT_EQ(recorder_.cuts, 0);
  EXPECT_GE(primaries_.even.beats, 60);
  EXPECT_EQ(primaries_.odd.beats, primaries_.even.beats);
}

TEST_P(ChangeFeedOfTwoTest, OneSilentPrimaryIsACut) {
  primaries_.odd.silent = true;
  Advance(absl::Seconds(3));
  EXPECT_EQ(recorder_.cuts, 0);
  Advance(absl::Seconds(1));
  EXPECT_EQ(recorder_.cuts, 1);
  primaries_.odd.silent = false;
  Advance(absl::Seconds(5));
  EXPECT_EQ(recorder_.connections, 2);
}

TEST_P(ChangeFeedOfTwoTest, AStoreIsReachableWhileEveryPrimaryAnswers) {
  EXPECT_EQ(MetricValue(metrics_, "tokenbroker_store_reachable"), "1");
  primaries_.odd.silent = true;
  Advance(absl::Seconds(2));
  EXPECT_EQ(MetricValue(metrics_, "tokenbroker_store_reachable"), "1");
  Advance(absl::Seconds(3));
  EXPECT_EQ(MetricValue(metrics_, "tokenbroker_store_reachable"), "0");
  primaries_.odd.silent = false;
  Advance(absl::Seconds(2));
  EXPECT_EQ(MetricValue(metrics_, "tokenbroker_store_reachable"), "1");
}

TEST_P(ChangeFeedOfTwoTest, AnotherServerIsNoticedWhicheverPrimaryItReplaces) {
  Advance(absl::Minutes(1));
  EXPECT_EQ(recorder_.server_changes, 2) << "the first contact with each";
  primaries_.odd.run_id = "run-of-another";
  Advance(absl::Seconds(2));
  EXPECT_EQ(recorder_.server_changes, 3);
  primaries_.even.run_id = "run-of-a-third";
  Advance(absl::Minutes(1));
  EXPECT_EQ(recorder_.server_changes, 4);
}

TEST_P(ChangeFeedTest, StaysConnectedWhileHeartbeatsComeBack) {
  Subscribe();
  Advance(absl::Minutes(1));
  EXPECT_EQ(recorder_.cuts, 0);
  EXPECT_EQ(recorder_.connections, 1);
}

TEST_P(ChangeFeedTest, SilenceForThreeSecondsIsACut) {
  Subscribe();
  client().SetDeaf(true);
  Advance(absl::Seconds(3));
  EXPECT_EQ(recorder_.cuts, 0);
  Advance(absl::Seconds(1));
  EXPECT_EQ(recorder_.cuts, 1);
}

TEST_P(ChangeFeedTest, ASubscriptionThatStaysSilentIsNotConnected) {
  Subscribe();
  client().SetDeaf(true);
  Advance(absl::Seconds(30));
  EXPECT_EQ(recorder_.cuts, 1);
  EXPECT_EQ(recorder_.connections, 1);
  client().SetDeaf(false);
  Advance(absl::Seconds(5));
  EXPECT_EQ(recorder_.connections, 2);
  LogIn();
  EXPECT_THAT(recorder_.Kinds(), ElementsAre(ChangeKind::kLogin));
}

TEST_P(ChangeFeedTest, ALostConnectionIsACutAtOnceAndComesBack) {
  Subscribe();
  redis().server().Command({"CLIENT", "KILL", "TYPE", "pubsub"});
  Advance(absl::Seconds(2));
  EXPECT_EQ(recorder_.cuts, 1);
  EXPECT_EQ(recorder_.connections, 2);
}

TEST_P(ChangeFeedTest, AStoreThatIsNoneCutsToo) {
  Subscribe();
  store_->BeginNoStore();
  Advance(absl::Seconds(5));
  EXPECT_EQ(recorder_.cuts, 1);
  EXPECT_EQ(redis().first().MetricLines("tokenbroker_store_reachable "),
            "tokenbroker_store_reachable 0\n");
}

TEST_P(ChangeFeedTest, TheHeartbeatGoesThroughAFullMemory) {
  Subscribe();
  redis().server().Command({"CONFIG", "SET", "maxmemory", "1"});
  Advance(absl::Seconds(10));
  redis().server().Command({"CONFIG", "SET", "maxmemory", "0"});
  EXPECT_EQ(recorder_.cuts, 0);
}

TEST_P(ChangeFeedTest, ReplicasKnowOfEachOtherAndOfTheirSpillsKeys) {
  RedisReplica& other = redis().AddReplica();
  ChangeRecorder of_other;
  Subscribe();
  other.store.Subscribe(&of_other);
  other.store.SetSpillKeys({"k-old"});
  Advance(absl::Seconds(2));
  Fleet& fleet = redis().first().store.fleet();
  EXPECT_EQ(fleet.Live(clock_.SteadyNow()), 2);
  EXPECT_THAT(fleet.SpillKeys(clock_.SteadyNow()), ElementsAre("k-old"));
  other.client.SetDeaf(true);
}

TEST_P(ChangeFeedTest, AReplicaThatIsNotHeardIsNotCounted) {
  Fleet fleet;
  fleet.Saw("a", {"k1"}, clock_.SteadyNow());
  Advance(absl::Seconds(4));
  fleet.Saw("b", {}, clock_.SteadyNow());
  EXPECT_EQ(fleet.Live(clock_.SteadyNow()), 2);
  Advance(absl::Seconds(2));
  EXPECT_EQ(fleet.Live(clock_.SteadyNow()), 1);
  EXPECT_THAT(fleet.SpillKeys(clock_.SteadyNow()), IsEmpty());
}

}  // namespace
}  // namespace tokenbroker

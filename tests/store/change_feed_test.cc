#include "store/change_feed.h"

#include "tests/store/contract_fixture.h"
#include "tests/store/redis_under_test.h"

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

#include "store/grant_walk.h"

#include <absl/strings/str_cat.h>

#include "store/redis_keys.h"
#include "tests/store/contract_fixture.h"
#include "tests/store/redis_under_test.h"

namespace tokenbroker {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using What = GrantWalk::What;

class GrantWalkTest : public StoreContract {
 protected:
  RedisUnderTest& redis() { return static_cast<RedisUnderTest&>(*store_); }
  RedisServer& server() { return redis().server(); }
  WalkResult Walk(RedisReplica& replica, What what) {
    GrantWalk walk(replica.store.parts(), absl::Milliseconds(10));
    const auto result = Do(walk.Run(what));
    EXPECT_TRUE(result.ok()) << result.status();
    return result.value_or(WalkResult());
  }
  std::string Due() { return DueKey(ShardOf(key_, kDefaultShards), key_.provider); }

  // Reads what k1 sealed and seals by k2.
  RedisReplica& newer_ = redis().AddReplica({.keys = {"k1", "k2"}});
};
INSTANTIATE_TEST_SUITE_P(Redis, GrantWalkTest, ::testing::Values(SharedRedis()));

TEST_P(GrantWalkTest, CountsWhichKeysSealTheGrants) {
  for (int i = 0; i < 250; ++i) {
    Grant grant = SampleGrant();
    grant.key.subject = absl::StrCat("s", i);
    PutOf(PutKind::kImport, "import", NowMs(), grant);
  }
  EXPECT_THAT(Walk(newer_, What::kCount).by_key, ElementsAre(Pair("k1", 250)));
  EXPECT_THAT(newer_.MetricLines("tokenbroker_store_grants_by_key"), HasSubstr("key=\"k1\"} 250"));
}

TEST_P(GrantWalkTest, ResealsWhatAnOlderKeySealed) {
  const Grant grant = LogIn();
  const WalkResult result = Walk(newer_, What::kReseal);
  EXPECT_EQ(result.resealed, 1);
  EXPECT_THAT(result.by_key, ElementsAre(Pair("k2", 1)));
  EXPECT_EQ(redis().Field(key_, "key_id"), "k2");
  const LoadAnswer loaded = Do(newer_.store.Load(key_));
  EXPECT_EQ(loaded.grant->refresh_token.Expose(), "rt-1");
  EXPECT_EQ(loaded.grant->generation, grant.generation);
  EXPECT_EQ(Walk(newer_, What::kReseal).resealed, 0);
}

TEST_P(GrantWalkTest, AKeyThatSealsNothingAnyMoreCountsNothing) {
  LogIn();
  Walk(newer_, What::kCount);
  Walk(newer_, What::kReseal);
  const std::string lines = newer_.MetricLines("tokenbroker_store_grants_by_key");
  EXPECT_THAT(lines, HasSubstr("key=\"k1\"} 0"));
  EXPECT_THAT(lines, HasSubstr("key=\"k2\"} 1"));
}

TEST_P(GrantWalkTest, TellsNobodyOfAReseal) {
  LogIn();
  ChangeRecorder recorder;
  grants().Subscribe(&recorder);
  Walk(newer_, What::kReseal);
  Settle();
  EXPECT_THAT(recorder.changes, IsEmpty());
}

TEST_P(GrantWalkTest, ARefreshThatIsUnderWayGoesOn) {
  const Grant grant = LogIn();
  const BeginRefreshAnswer begun = Go(grant.generation, "a");
  Walk(newer_, What::kReseal);
  EXPECT_EQ(Begin(grant.generation, "b").outcome, Begun::kUnreadable);
  EXPECT_EQ(Commit(begun, "a", "rt-2").outcome, Committed::kStored);
  EXPECT_EQ(Stored().refresh_token.Expose(), "rt-2");
}

TEST_P(GrantWalkTest, ResealsWhatIsLeftOfARevokedGrant) {
  const Grant grant = LogIn();
  PutOf(PutKind::kRevoke, "revoke", 0, grant);
  EXPECT_EQ(Walk(newer_, What::kReseal).resealed, 1);
  EXPECT_EQ(Do(newer_.store.Load(key_)).grant->account, grant.account);
}

TEST_P(GrantWalkTest, LeavesWhatItCannotReadAndSaysSo) {
  LogIn();
  RedisReplica& stranger = redis().AddReplica({.keys = {"k9"}});
  const WalkResult result = Walk(stranger, What::kReseal);
  EXPECT_EQ(result.unreadable, 1);
  EXPECT_THAT(result.by_key, ElementsAre(Pair("k1", 1)));
  EXPECT_EQ(Stored().refresh_token.Expose(), "rt-1");
}

TEST_P(GrantWalkTest, ARecordThatWasWrittenMeanwhileIsNotOverwritten) {
  const Grant grant = LogIn();
  StoreLink& link = newer_.store.parts().link;
  Do(link.Learn());
  Commit(Go(grant.generation, "a"), "a", "rt-2");
  const ShardCall late{&link.scripts().reseal,
                       ShardOf(key_, kDefaultShards),
                       {redis().RecordOf(key_)},
                       {absl::StrCat(grant.generation), "k1", "sealed before", "k2"}};
  EXPECT_EQ(Do(link.Run(late)).outcome, "LOST");
  EXPECT_EQ(Stored().refresh_token.Expose(), "rt-2");
}

TEST_P(GrantWalkTest, DropsTheEntriesOfRecordsThatAreGone) {
  LogIn();
  Grant deleted = SampleGrant();
  deleted.key.subject = "deleted";
  PutOf(PutKind::kDelete, "delete", 0, deleted);
  server().Command({"DEL", redis().RecordOf(key_)});
  Walk(newer_, What::kCount);
  EXPECT_EQ(server().Command({"ZCARD", Due()}), "0");
  const int shard = ShardOf(deleted.key, kDefaultShards);
  // A tombstone is not gone.
  EXPECT_EQ(server().Command({"ZCARD", DueKey(shard, key_.provider)}), "1");
}

TEST_P(GrantWalkTest, AWalkOverNoStoreIsBrokenOff) {
  LogIn();
  Do(newer_.store.Load(key_));
  store_->BeginNoStore();
  GrantWalk walk(newer_.store.parts(), absl::ZeroDuration());
  EXPECT_EQ(Do(walk.Run(What::kCount)).status().code(), absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace tokenbroker

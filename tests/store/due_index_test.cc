#include "store/due_index.h"

#include <absl/strings/str_cat.h>

#include "store/redis_keys.h"
#include "tests/store/contract_fixture.h"
#include "tests/store/redis_under_test.h"

namespace tokenbroker {
namespace {

class DueIndexTest : public StoreContract {
 protected:
  RedisUnderTest& redis() { return static_cast<RedisUnderTest&>(*store_); }
  RedisServer& server() { return redis().server(); }
  std::string Due() { return DueKey(ShardOf(key_, kDefaultShards), key_.provider); }

  RedisReplica& replica_ = redis().AddReplica({});
  DueIndex index_{replica_.store.parts().link};
};
INSTANTIATE_TEST_SUITE_P(Redis, DueIndexTest, ::testing::Values(SharedRedis()));

TEST_P(DueIndexTest, PutsMissingEntriesBackAndCountsThem) {
  const Grant grant = LogIn();
  Grant other = SampleGrant();
  other.key.subject = "other";
  PutOf(PutKind::kImport, "import", NowMs(), other);
  server().Command({"DEL", Due(), ProvidersKey(ShardOf(key_, kDefaultShards))});
  Do(replica_.store.Load(key_));
  const auto mended = Do(index_.MendAll(absl::ZeroDuration()));
  ASSERT_TRUE(mended.ok()) << mended.status();
  EXPECT_EQ(mended->grants, 2);
  EXPECT_EQ(mended->added, 1);
  EXPECT_EQ(Do(grants().List({}, 10, "")).grants.size(), 2u);
  EXPECT_EQ(server().Command({"ZSCORE", Due(), MemberOf(key_)}),
            absl::StrCat(absl::ToUnixMillis(*grant.refresh_at)));
}

TEST_P(DueIndexTest, DropsTheEntriesOfRecordsThatAreGone) {
  LogIn();
  server().Command({"DEL", redis().RecordOf(key_)});
  Do(replica_.store.Load(key_));
  const auto added = Do(index_.Mend(ShardOf(key_, kDefaultShards), {key_}));
  EXPECT_EQ(*added, 0);
  EXPECT_EQ(server().Command({"ZCARD", Due()}), "0");
}

TEST_P(DueIndexTest, LeavesWhatLiesElsewhereThanItShould) {
  LogIn();
  const int other_shard = (ShardOf(key_, kDefaultShards) + 1) % kDefaultShards;
  server().Command({"COPY", redis().RecordOf(key_), GrantRedisKey(other_shard, key_)});
  server().Command({"SET", "tb:{0}:grant:nonsense", "1"});
  Do(replica_.store.Load(key_));
  const auto mended = Do(index_.MendAll(absl::ZeroDuration()));
  ASSERT_TRUE(mended.ok()) << mended.status();
  EXPECT_EQ(mended->grants, 1);
  EXPECT_EQ(server().Command({"ZCARD", DueKey(other_shard, key_.provider)}), "0");
}

TEST_P(DueIndexTest, SaysThatRedisDoesNotAnswer) {
  LogIn();
  Do(replica_.store.Load(key_));
  store_->BeginNoStore();
  EXPECT_EQ(Do(index_.Mend(ShardOf(key_, kDefaultShards), {key_})).status().code(),
            absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace tokenbroker

#include "store/redis_due.h"

#include <absl/strings/str_cat.h>

#include <set>

#include "store/redis_keys.h"
#include "tests/store/grant_store_contract.h"
#include "tests/store/redis_under_test.h"

namespace tokenbroker {
namespace {

// How a backlog is claimed from Redis' shards; what a claim is, the contract asks.
class RedisDueTest : public GrantStoreContract {
 protected:
  RedisUnderTest& redis() { return static_cast<RedisUnderTest&>(*store_); }

  // Due now, further apart than what is claimed shard by shard.
  void StoreDue(int grants) {
    for (int i = 0; i < grants; ++i) {
      ImportGrant({"t", "spotify", absl::StrCat("s", i)}, absl::Seconds(20 * i));
    }
    Advance(absl::Seconds(20 * grants));
  }
  ClaimAnswer ClaimBy(GrantStore& store, int limit) {
    ClaimAnswer answer = Do(store.ClaimDue("spotify", limit, kClaimPush));
    EXPECT_EQ(answer.outcome, ClaimAnswer::Outcome::kOk);
    for (const DueGrant& due : answer.due) {
      EXPECT_TRUE(claimed_.insert(due.key.subject).second) << due.key.subject << " twice";
    }
    return answer;
  }
  template <typename Call>
  int Cost(Call call) {
    const int before = redis().first().client.scripts_run();
    call();
    return redis().first().client.scripts_run() - before;
  }

  std::set<std::string> claimed_;
};
INSTANTIATE_TEST_SUITE_P(Redis, RedisDueTest, ::testing::Values(SharedRedis()));

TEST_P(RedisDueTest, ABacklogIsClaimedFromOneLook) {
  StoreDue(200);
  EXPECT_GT(Cost([&] { EXPECT_EQ(ClaimBy(grants(), 20).due.size(), 20u); }), kDefaultShards);
  EXPECT_LE(Cost([&] { EXPECT_EQ(ClaimBy(grants(), 20).due.size(), 20u); }), 20);
  EXPECT_LE(Cost([&] { EXPECT_EQ(ClaimBy(grants(), 20).backlog.grants, 160); }), 20);
  Advance(absl::Seconds(1));
  EXPECT_GT(Cost([&] { ClaimBy(grants(), 20); }), kDefaultShards) << "what was seen gets old";
}

TEST_P(RedisDueTest, WhatIsDueTogetherIsClaimedShardByShard) {
  for (int i = 0; i < 640; ++i) {
    ImportGrant({"t", "spotify", absl::StrCat("s", i)}, absl::Minutes(1));
  }
  Advance(absl::Minutes(2));
  ClaimBy(grants(), 40);
  EXPECT_LE(Cost([&] { EXPECT_EQ(ClaimBy(grants(), 40).due.size(), 40u); }), 15);
}

TEST_P(RedisDueTest, WhatAnotherBrokerClaimedSinceTheLookIsMadeUpFor) {
  RedisReplica& other = redis().AddReplica();
  StoreDue(100);
  ClaimBy(grants(), 10);
  ClaimBy(other.store, 10);
  const SteadyTime before = clock_.SteadyNow();
  // The look that is needed takes its time.
  store_->Inject(StoreVerb::kClaimDue, {StoreFault::What::kNone, absl::Milliseconds(500)});
  const ClaimAnswer rest = ClaimBy(grants(), 20);
  EXPECT_EQ(rest.due.size(), 20u);
  EXPECT_EQ(rest.time.steady, before) << "when the first of them were claimed";
  EXPECT_EQ(rest.backlog.grants, 80);
  EXPECT_EQ(ClaimBy(grants(), 100).due.size(), 60u);
  EXPECT_EQ(claimed_.size(), 100u);
}

TEST_P(RedisDueTest, ALookAtTheBacklogClaimsNothingLater) {
  StoreDue(64);
  Do(grants().ClaimDue("spotify", 0, kClaimPush));
  const ClaimAnswer claim = ClaimBy(grants(), 10);
  ASSERT_EQ(claim.due.size(), 10u);
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(claim.due[static_cast<size_t>(i)].key.subject, absl::StrCat("s", i));
  }
}

TEST_P(RedisDueTest, AStoreThatGoesAwayBetweenLookAndClaimIsTold) {
  StoreDue(40);
  ClaimBy(grants(), 10);
  redis().server().Command({"SCRIPT", "FLUSH"});
  EXPECT_EQ(ClaimBy(grants(), 10).due.size(), 10u) << "scripts come back by themselves";
  for (int shard = 0; shard < kDefaultShards; ++shard) {
    redis().server().Command({"DEL", MetaKey(shard)});
  }
  const ClaimAnswer answer = Do(grants().ClaimDue("spotify", 10, kClaimPush));
  EXPECT_EQ(answer.outcome, ClaimAnswer::Outcome::kNoStore);
  EXPECT_TRUE(answer.due.empty());
}

}  // namespace
}  // namespace tokenbroker

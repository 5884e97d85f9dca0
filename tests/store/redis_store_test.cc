#include "store/redis_store.h"

#include <absl/strings/str_cat.h>
#include <absl/strings/str_split.h>

#include "store/redis_keys.h"
#include "tests/store/grant_store_contract.h"
#include "tests/store/login_store_contract.h"
#include "tests/store/redis_under_test.h"

namespace tokenbroker {
namespace {

INSTANTIATE_TEST_SUITE_P(Redis, GrantStoreContract, ::testing::Values(SharedRedis()));
INSTANTIATE_TEST_SUITE_P(Redis, LoginStoreContract, ::testing::Values(SharedRedis()));
INSTANTIATE_TEST_SUITE_P(RedisCluster, GrantStoreContract, ::testing::Values(SharedCluster()));
INSTANTIATE_TEST_SUITE_P(RedisCluster, LoginStoreContract, ::testing::Values(SharedCluster()));

// What the contract does not ask, because only Redis has it.
class RedisStoreTest : public LoginStoreContract {
 protected:
  RedisUnderTest& redis() { return static_cast<RedisUnderTest&>(*store_); }
  RedisServer& server() { return redis().server(); }
  int ScriptsRun(RedisReplica& replica) { return replica.client.scripts_run(); }

  // How many scripts `call` costs.
  template <typename Call>
  int Cost(Call call) {
    const int before = redis().first().client.scripts_run();
    call();
    return redis().first().client.scripts_run() - before;
  }
};
INSTANTIATE_TEST_SUITE_P(Redis, RedisStoreTest, ::testing::Values(SharedRedis()));

TEST_P(RedisStoreTest, EveryVerbOfARefreshIsOneRoundTrip) {
  const Grant grant = LogIn();
  BeginRefreshAnswer begun;
  EXPECT_EQ(Cost([&] { Load(); }), 1);
  EXPECT_EQ(Cost([&] { begun = Go(grant.generation, "a"); }), 1);
  EXPECT_EQ(Cost([&] { Renew(begun, "a"); }), 1);
  EXPECT_EQ(Cost([&] { Commit(begun, "a", "rt-2"); }), 1);
  begun = Go(Stored().generation, "b");
  EXPECT_EQ(Cost([&] { Commit(begun, "b", "rt-2"); }), 1);
  begun = Go(Stored().generation, "c");
  EXPECT_EQ(Cost([&] { Fail(begun, "c", Delivery::kNotSent); }), 1);
  EXPECT_EQ(Cost([&] { PutOf(PutKind::kImport, "i", NowMs() + 1'000, SampleGrant()); }), 1);
  EXPECT_EQ(Cost([&] { PutOf(PutKind::kDelete, "d", 0, SampleGrant()); }), 1);
}

TEST_P(RedisStoreTest, EveryVerbOfALoginIsOneRoundTrip) {
  Load();
  EXPECT_EQ(Cost([&] { CreateLogin(); }), 1);
  EXPECT_EQ(Cost([&] { Do(logins().PeekLogin(state_)); }), 1);
  BeginExchangeAnswer begun;
  EXPECT_EQ(Cost([&] { begun = BeginExchange("a"); }), 1);
  EXPECT_EQ(Cost([&] { Finish(FinishOf(begun, "a", "rt-1")); }), 1);
}

TEST_P(RedisStoreTest, ManyUsesAreToldInScriptsThatHoldUpNobody) {
  LogIn();
  std::vector<std::pair<GrantKey, absl::Time>> uses(249, {key_, Now()});
  uses.emplace_back(key_, Now() + absl::Minutes(1));
  server().Command({"CONFIG", "RESETSTAT"});
  EXPECT_EQ(Cost([&] { EXPECT_TRUE(Do(grants().Touch(uses))); }), 3);
  EXPECT_EQ(Stored().last_used_at, Now() + absl::Minutes(1));
}

TEST_P(RedisStoreTest, AUseReadsNoMoreThanItNeeds) {
  const Grant grant = LogIn();
  server().Command({"CONFIG", "RESETSTAT"});
  EXPECT_TRUE(Do(grants().Touch({{key_, grant.last_used_at + absl::Minutes(1)}})));
  const std::string stats = server().Command({"INFO", "commandstats"});
  EXPECT_THAT(stats, ::testing::HasSubstr("cmdstat_hset:"));
  EXPECT_THAT(stats, ::testing::Not(::testing::HasSubstr("cmdstat_hgetall:")));
}

TEST_P(RedisStoreTest, ACommandIsOneEvalshaOnTheServer) {
  const Grant grant = LogIn();
  server().Command({"CONFIG", "RESETSTAT"});
  Go(grant.generation, "a");
  const std::string stats = server().Command({"INFO", "commandstats"});
  EXPECT_THAT(stats, ::testing::HasSubstr("cmdstat_evalsha:calls=1,"));
  EXPECT_THAT(stats, ::testing::Not(::testing::HasSubstr("cmdstat_eval:")));
}

TEST_P(RedisStoreTest, ScriptsThatTheServerForgotAreSentAgain) {
  const Grant grant = LogIn();
  server().Command({"SCRIPT", "FLUSH"});
  const BeginRefreshAnswer begun = Go(grant.generation, "a");
  server().Command({"SCRIPT", "FLUSH"});
  EXPECT_EQ(Commit(begun, "a", "rt-2").outcome, Committed::kStored);
}

TEST_P(RedisStoreTest, AnEmptiedRedisIsNoStore) {
  const Grant grant = LogIn();
  server().Command({"FLUSHALL"});
  EXPECT_EQ(Load().outcome, LoadAnswer::Outcome::kNoStore);
  EXPECT_EQ(Begin(grant.generation, "a").outcome, Begun::kNoStore);
}

TEST_P(RedisStoreTest, AnotherDatabaseIsNoStore) {
  LogIn();
  RedisReplica& lost = redis().AddReplica({.database = 1});
  EXPECT_EQ(Do(lost.store.Load(key_)).outcome, LoadAnswer::Outcome::kNoStore);
}

TEST_P(RedisStoreTest, AnotherStoreInItsPlaceIsNoStore) {
  LogIn();
  for (int shard = 0; shard < kDefaultShards; ++shard) {
    server().Command({"HSET", MetaKey(shard), "store_id", "another"});
  }
  EXPECT_EQ(Load().outcome, LoadAnswer::Outcome::kNoStore);
}

TEST_P(RedisStoreTest, AShardWithoutMetaIsNoStoreAndTheOthersGoOn) {
  LogIn();
  server().Command({"DEL", MetaKey(ShardOf(key_, kDefaultShards))});
  EXPECT_EQ(Load().outcome, LoadAnswer::Outcome::kNoStore);
  EXPECT_EQ(Do(grants().Load({"t", "p", "elsewhere"})).outcome, LoadAnswer::Outcome::kNotFound);
}

TEST_P(RedisStoreTest, TwoBrokersShareOneStore) {
  RedisReplica& other = redis().AddReplica();
  const Grant grant = LogIn();
  Go(grant.generation, "a");
  BeginRefreshRequest request;
  request.key = key_;
  request.known_generation = grant.generation;
  request.attempt = "b";
  request.not_after = Soon();
  EXPECT_EQ(Do(other.store.BeginRefresh(request)).outcome, Begun::kBusy);
  EXPECT_EQ(Do(other.store.Load(key_)).grant->refresh_token.Expose(), "rt-1");
}

TEST_P(RedisStoreTest, WhatOneBrokerChangesTheOtherHears) {
  RedisReplica& other = redis().AddReplica();
  ChangeRecorder recorder;
  other.store.Subscribe(&recorder);
  LogIn();
  EXPECT_THAT(recorder.Kinds(), ::testing::ElementsAre(ChangeKind::kLogin));
}

Task<void> ClaimInto(GrantStore* store, std::string provider, ClaimAnswer* answer) {
  *answer = co_await store->ClaimDue(std::move(provider), 10, kClaimPush);
}

TEST_P(RedisStoreTest, TwoBrokersThatClaimAtOnceGetNoGrantTwice) {
  RedisReplica& other = redis().AddReplica();
  LogIn();
  Advance(absl::Hours(1));
  Do(other.store.Load(key_));
  ClaimAnswer first;
  ClaimAnswer second;
  // Both look before either claims.
  loop_.Spawn(ClaimInto(&grants(), key_.provider, &first));
  loop_.Spawn(ClaimInto(&other.store, key_.provider, &second));
  Settle();
  EXPECT_EQ(first.outcome, ClaimAnswer::Outcome::kOk);
  EXPECT_EQ(second.outcome, ClaimAnswer::Outcome::kOk);
  EXPECT_EQ(first.due.size() + second.due.size(), 1u);
}

TEST_P(RedisStoreTest, OnlyWhatIsStillDueIsClaimed) {
  LogIn();
  Advance(absl::Hours(1));
  const int shard = ShardOf(key_, kDefaultShards);
  const std::string due = DueKey(shard, key_.provider);
  StoreLink& link = redis().first().store.parts().link;
  const ShardCall claim{
      &link.scripts().claim_due,
      shard,
      {due, GrantRedisKey(shard, key_), GrantRedisKeyOf(shard, "unknown:member:x")},
      {"30000"}};
  EXPECT_THAT(Do(link.Run(claim)).items, ::testing::ElementsAre(MemberOf(key_)));
  EXPECT_THAT(Do(link.Run(claim)).items, ::testing::IsEmpty());
  EXPECT_EQ(server().Command({"ZCARD", due}), "1");
}

TEST_P(RedisStoreTest, AnAclThatLacksTheChannelStopsNoChange) {
  server().Command({"ACL", "SETUSER", "mute", "on", ">secret", "~*", "resetchannels", "+@all"});
  RedisReplica& mute = redis().AddReplica({.user = "mute", .password = "secret"});
  PutGrantRequest request;
  request.kind = PutKind::kImport;
  request.attempt = "import";
  request.generation = NowMs();
  request.not_after = Soon();
  request.record = SampleGrant();
  EXPECT_EQ(Do(mute.store.PutGrant(request)).outcome, Put::kStored);
  EXPECT_EQ(Stored().refresh_token.Expose(), "rt-1");
}

// What the runbook tells operators to give the broker's user.
TEST_P(RedisStoreTest, TheRunbooksAclIsEnough) {
  server().Command({"ACL",      "SETUSER",     "broker",       "reset",       "on",
                    ">secret",  "~tb:*",       "~{*}:clock",   "&tb:changed", "+@read",
                    "+@write",  "+@scripting", "+@connection", "+subscribe",  "+unsubscribe",
                    "+publish", "+info",       "+time",        "+wait",       "-@dangerous",
                    "+info"});
  RedisReplica& broker = redis().AddReplica({.user = "broker", .password = "secret"});
  ChangeRecorder recorder;
  broker.store.Subscribe(&recorder);
  PutGrantRequest put;
  put.attempt = "login";
  put.generation = NowMs();
  put.not_after = Soon();
  put.record = SampleGrant();
  EXPECT_EQ(Do(broker.store.PutGrant(put)).outcome, Put::kStored);
  EXPECT_EQ(Do(broker.store.List({}, 10, "")).grants.size(), 1u);
  EXPECT_EQ(Do(broker.store.SetProviderState("spotify", {})).outcome,
            ProviderStateAnswer::Outcome::kOk);
  loop_.Spawn(broker.store.parts().memory.Look());
  Settle();
  EXPECT_EQ(recorder.connections, 1);
  EXPECT_THAT(recorder.Kinds(), ::testing::ElementsAre(ChangeKind::kLogin));
  EXPECT_EQ(broker.MetricLines("tokenbroker_store_errors_total"), "");
}

TEST_P(RedisStoreTest, ATombstoneExpiresAndALoginOverItDoesNot) {
  const Grant grant = LogIn();
  EXPECT_EQ(server().Command({"PTTL", redis().RecordOf(key_)}), "-1");
  PutOf(PutKind::kRevoke, "revoke", 0, grant);
  const int64_t left = std::stoll(server().Command({"PTTL", redis().RecordOf(key_)}));
  EXPECT_NEAR(static_cast<double>(left),
              static_cast<double>(absl::ToInt64Milliseconds(kTombstoneLife)), 60'000);
  Advance(absl::Seconds(1));
  LogIn("rt-2");
  EXPECT_EQ(server().Command({"PTTL", redis().RecordOf(key_)}), "-1");
}

TEST_P(RedisStoreTest, ALoginExpires) {
  CreateLogin();
  const std::string key = LoginKey(ShardOf(key_, kDefaultShards), state_);
  EXPECT_GT(std::stoll(server().Command({"PTTL", key})), 9 * 60'000);
}

TEST_P(RedisStoreTest, ADueEntryIsNeverDoubledAndStaysForListing) {
  const Grant grant = LogIn();
  const std::string due = DueKey(ShardOf(key_, kDefaultShards), key_.provider);
  Commit(Go(grant.generation, "a"), "a", "rt-2");
  EXPECT_EQ(server().Command({"ZCARD", due}), "1");
  PutOf(PutKind::kRevoke, "revoke", 0, grant);
  EXPECT_EQ(server().Command({"ZSCORE", due, MemberOf(key_)}), "inf");
}

TEST_P(RedisStoreTest, ARefreshSettlesForOneLeaseAfterAnotherServerTookOver) {
  const Grant grant = LogIn();
  server().Command({"HSET", MetaKey(ShardOf(key_, kDefaultShards)), "run_id", "of-the-old-one"});
  EXPECT_EQ(Begin(grant.generation, "a").outcome, Begun::kSettling);
  Advance(kLease - absl::Milliseconds(1));
  EXPECT_EQ(Begin(grant.generation, "a").outcome, Begun::kSettling);
  Advance(absl::Milliseconds(1));
  Go(grant.generation, "a");
}

TEST_P(RedisStoreTest, AHarmlessReplayStartsTheSettlingForTheOthers) {
  const Grant grant = LogIn();
  const std::string meta = MetaKey(ShardOf(key_, kDefaultShards));
  server().Command({"HSET", meta, "run_id", "of-the-old-one"});
  BeginRefreshRequest request;
  request.key = key_;
  request.known_generation = grant.generation;
  request.attempt = "a";
  request.not_after = Soon();
  request.replay = Replay::kHarmless;
  EXPECT_EQ(Do(grants().BeginRefresh(request)).outcome, Begun::kGo);
  EXPECT_EQ(Begin(grant.generation, "b").outcome, Begun::kSettling);
}

TEST_P(RedisStoreTest, ALoginThatInheritsStartsTheSettlingAndWaitsForItsEnd) {
  const Grant grant = LogIn();
  server().Command({"HSET", MetaKey(ShardOf(key_, kDefaultShards)), "run_id", "of-the-old-one"});
  Grant login = SampleGrant();
  login.refresh_token = Secret();
  const auto inherit = [&] {
    return PutOf(PutKind::kLogin, "l", grant.generation + 1, login, grant.refresh_token_generation)
        .outcome;
  };
  EXPECT_EQ(inherit(), Put::kSettling);
  EXPECT_EQ(Begin(grant.generation, "a").outcome, Begun::kSettling);
  Advance(kLease - absl::Milliseconds(1));
  EXPECT_EQ(inherit(), Put::kSettling);
  Advance(absl::Milliseconds(1));
  EXPECT_EQ(inherit(), Put::kStored);
}

TEST_P(RedisStoreTest, ASettlingThatEndsTooFarAheadIsFromAClockThatWasSetBack) {
  const Grant grant = LogIn();
  store_->BeginSettling();
  store_->JumpClock(-absl::Minutes(1));
  Go(grant.generation, "a");
}

TEST_P(RedisStoreTest, AClockThatJumpedAheadExpiresOnlyWhatItMustAndIsLearnedByThat) {
  const Grant grant = LogIn();
  store_->JumpClock(absl::Hours(1));
  EXPECT_EQ(Begin(grant.generation, "a").outcome, Begun::kExpired);
  Go(grant.generation, "b");
}

TEST_P(RedisStoreTest, ABrokerThatKnowsNoClockAsksBeforeItBegins) {
  const Grant grant = LogIn();
  RedisReplica& fresh = redis().AddReplica();
  BeginRefreshRequest request;
  request.key = key_;
  request.known_generation = grant.generation;
  request.attempt = "late";
  request.not_after = clock_.SteadyNow() - absl::Milliseconds(1);
  EXPECT_EQ(Do(fresh.store.BeginRefresh(request)).outcome, Begun::kExpired);
}

}  // namespace
}  // namespace tokenbroker

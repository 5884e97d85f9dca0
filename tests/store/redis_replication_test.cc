// The Redis store over a primary with a replica: what counts as stored, and what a failover loses.
#include "tests/store/grant_store_contract.h"
#include "tests/store/redis_under_test.h"

namespace tokenbroker {
namespace {

using ::testing::HasSubstr;

class RedisReplicationTest : public GrantStoreContract {
 protected:
  RedisReplicationTest() { AwaitReplication(); }

  RedisUnderTest& redis() { return static_cast<RedisUnderTest&>(*store_); }
  void AwaitReplication() {
    while (redis().server().Command({"WAIT", "1", "1000"}) != "1") {
    }
  }
  BeginRefreshRequest BeginOf(int64_t known, const Attempt& attempt) {
    BeginRefreshRequest request;
    request.key = key_;
    request.known_generation = known;
    request.attempt = attempt;
    request.not_after = Soon();
    return request;
  }
  // The state of a login that waits for its callback.
  std::string BeginLogin() {
    Login login;
    login.key = key_;
    login.caller = "player";
    const std::string state = store_->logins().StatePrefix(key_) + "state";
    Do(store_->logins().CreateLogin(state, login));
    return state;
  }
  BeginExchangeRequest ExchangeOf(const std::string& state) {
    BeginExchangeRequest request;
    request.state = state;
    request.attempt = "a";
    request.code_hash = "hash";
    request.caller = "player";
    request.patience = absl::Seconds(30);
    request.not_after = Soon();
    return request;
  }

  RedisServer replica_{{"--replicaof", "127.0.0.1 " + std::to_string(redis().server().port())}};
  // What production has: writes count when a replica has them.
  RedisReplica& sure_ =
      redis().AddReplica({.min_replica_acks = 1, .replica_timeout = absl::Seconds(10)});
  // For what no replica will confirm.
  RedisReplica& hasty_ = redis().AddReplica({.min_replica_acks = 1});
};
INSTANTIATE_TEST_SUITE_P(Redis, RedisReplicationTest, ::testing::Values(OwnRedis()));

TEST_P(RedisReplicationTest, ABeginAndItsCommitAreConfirmed) {
  const Grant grant = LogIn();
  const BeginRefreshAnswer begun = Do(sure_.store.BeginRefresh(BeginOf(grant.generation, "a")));
  EXPECT_EQ(begun.outcome, Begun::kGo);
  EXPECT_EQ(Do(sure_.store.Commit(CommitOf(begun, "a", "rt-2"))).outcome, Committed::kStored);
  EXPECT_EQ(replica_.Command({"HGET", redis().RecordOf(key_), "gen"}), std::to_string(begun.next));
}

TEST_P(RedisReplicationTest, ABeginThatNoReplicaConfirmedIsTakenBack) {
  const Grant grant = LogIn();
  replica_.Pause();
  EXPECT_EQ(Do(hasty_.store.BeginRefresh(BeginOf(grant.generation, "a"))).outcome,
            Begun::kUnavailable);
  replica_.Continue();
  EXPECT_EQ(Do(sure_.store.BeginRefresh(BeginOf(grant.generation, "b"))).outcome, Begun::kGo);
}

TEST_P(RedisReplicationTest, ABeginAtTheTokensEndIsSentAllTheSameAndCounted) {
  const Grant grant = LogIn();
  Advance(absl::Minutes(59) + absl::Milliseconds(1));
  Do(hasty_.store.Load(key_));
  replica_.Pause();
  EXPECT_EQ(Do(hasty_.store.BeginRefresh(BeginOf(grant.generation, "a"))).outcome, Begun::kGo);
  EXPECT_THAT(hasty_.MetricLines("tokenbroker_store_unreplicated_begins_total"), HasSubstr(" 1"));
  replica_.Continue();
}

TEST_P(RedisReplicationTest, WhereAReplayIsHarmlessNoReplicaIsWaitedFor) {
  const Grant grant = LogIn();
  replica_.Pause();
  BeginRefreshRequest begin = BeginOf(grant.generation, "a");
  begin.replay = Replay::kHarmless;
  const BeginRefreshAnswer begun = Do(sure_.store.BeginRefresh(begin));
  ASSERT_EQ(begun.outcome, Begun::kGo);
  CommitRequest commit = CommitOf(begun, "a", "rt-1");
  commit.replay = Replay::kHarmless;
  EXPECT_EQ(Do(sure_.store.Commit(commit)).outcome, Committed::kStored);
  replica_.Continue();
}

TEST_P(RedisReplicationTest, ACommitThatNoReplicaConfirmedIsRepeatedUntilOneDoes) {
  const Grant grant = LogIn();
  const BeginRefreshAnswer begun = Do(sure_.store.BeginRefresh(BeginOf(grant.generation, "a")));
  replica_.Pause();
  const CommitRequest commit = CommitOf(begun, "a", "rt-2");
  EXPECT_EQ(Do(hasty_.store.Commit(commit)).outcome, Committed::kUnavailable);
  EXPECT_EQ(Do(hasty_.store.Commit(commit)).outcome, Committed::kUnavailable);
  replica_.Continue();
  EXPECT_EQ(Do(sure_.store.Commit(commit)).outcome, Committed::kAlready);
}

TEST_P(RedisReplicationTest, ACommitIsConfirmedThoughTheMemoryIsFull) {
  const Grant grant = LogIn();
  const BeginRefreshAnswer begun = Do(sure_.store.BeginRefresh(BeginOf(grant.generation, "a")));
  redis().server().Command({"CONFIG", "SET", "maxmemory", "1"});
  EXPECT_EQ(Do(sure_.store.Commit(CommitOf(begun, "a", "rt-2"))).outcome, Committed::kStored);
}

TEST_P(RedisReplicationTest, AGrantThatNoReplicaConfirmedIsNotPutYet) {
  PutGrantRequest put;
  put.attempt = "login";
  put.generation = NowMs();
  put.not_after = Soon();
  put.record = SampleGrant();
  replica_.Pause();
  EXPECT_EQ(Do(hasty_.store.PutGrant(put)).outcome, Put::kUnavailable);
  replica_.Continue();
  EXPECT_EQ(Do(sure_.store.PutGrant(put)).outcome, Put::kAlready);
}

// ADR 28: a failover that forgets it would let the code be presented again.
TEST_P(RedisReplicationTest, ACodeIsNotHandedOutBeforeAReplicaKnows) {
  const BeginExchangeRequest begin = ExchangeOf(BeginLogin());
  replica_.Pause();
  using Exchange = BeginExchangeAnswer::Outcome;
  EXPECT_EQ(Do(hasty_.store.BeginExchange(begin)).outcome, Exchange::kUnavailable);
  replica_.Continue();
  EXPECT_EQ(Do(sure_.store.BeginExchange(begin)).outcome, Exchange::kGo);
}

TEST_P(RedisReplicationTest, ALoginThatNoReplicaConfirmedIsNotFinishedYet) {
  const BeginExchangeRequest begin = ExchangeOf(BeginLogin());
  ASSERT_EQ(Do(store_->logins().BeginExchange(begin)).outcome, BeginExchangeAnswer::Outcome::kGo);
  FinishExchangeRequest finish;
  finish.state = begin.state;
  finish.attempt = "a";
  finish.generation = NowMs();
  finish.outcome.kind = LoginOutcome::Kind::kGrant;
  finish.record = SampleGrant();
  replica_.Pause();
  using Finished = FinishExchangeAnswer::Outcome;
  EXPECT_EQ(Do(hasty_.store.FinishExchange(finish)).outcome, Finished::kUnavailable);
  replica_.Continue();
  EXPECT_EQ(Do(sure_.store.FinishExchange(finish)).outcome, Finished::kAlready);
}

// Acknowledged without a replica, then lost with its primary.
TEST_P(RedisReplicationTest, ACommitThatAFailoverLostIsPutBackBeforeAnybodyBegins) {
  const Grant grant = LogIn();
  const BeginRefreshAnswer begun = Go(grant.generation, "a");
  AwaitReplication();
  replica_.Command({"REPLICAOF", "NO", "ONE"});
  const int64_t committed = Commit(begun, "a", "rt-2").generation;
  redis().server().Kill();

  RedisReplica& after = redis().AddReplicaOver(replica_);
  Grant known = Refreshed(grant, "rt-2");
  known.refresh_token_generation = committed;
  ASSERT_EQ(Do(after.store.Load(key_)).grant->refresh_token.Expose(), "rt-1");
  EXPECT_EQ(Do(after.store.BeginRefresh(BeginOf(committed, "b"))).outcome, Begun::kSettling);
  PutGrantRequest restore;
  restore.kind = PutKind::kRestore;
  restore.attempt = "restore";
  restore.generation = committed;
  restore.not_after = Soon();
  restore.record = known;
  EXPECT_EQ(Do(after.store.PutGrant(restore)).outcome, Put::kStored);
  Advance(kLease);
  EXPECT_EQ(Do(after.store.Load(key_)).grant->refresh_token.Expose(), "rt-2");
}

// The holder that renews is what the settling waits for.
TEST_P(RedisReplicationTest, ALeaseThatAFailoverLostIsTakenUpAgainByItsHolder) {
  const Grant grant = LogIn();
  AwaitReplication();
  replica_.Command({"REPLICAOF", "NO", "ONE"});
  const BeginRefreshAnswer begun = Go(grant.generation, "a");
  redis().server().Kill();

  RedisReplica& after = redis().AddReplicaOver(replica_);
  EXPECT_EQ(Do(after.store.BeginRefresh(BeginOf(grant.generation, "b"))).outcome, Begun::kSettling);
  RenewRequest renew;
  renew.key = key_;
  renew.attempt = "a";
  renew.parent = grant.refresh_token_generation;
  renew.next = begun.next;
  renew.intent_at = begun.intent_at;
  renew.begun_at = begun.begun_at;
  renew.not_after = Soon();
  Advance(kLeaseRenewal);
  EXPECT_EQ(Do(after.store.Renew(renew)).outcome, Renewed::kOk);
  Advance(kLease - kLeaseRenewal);
  EXPECT_EQ(Do(after.store.BeginRefresh(BeginOf(grant.generation, "b"))).outcome, Begun::kBusy);
  EXPECT_EQ(Do(after.store.Commit(CommitOf(begun, "a", "rt-2"))).outcome, Committed::kStored);
}

}  // namespace
}  // namespace tokenbroker

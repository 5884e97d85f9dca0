// The Redis store when Redis is full, restarts, fails over or holds what cannot be read.
#include <absl/strings/str_cat.h>
#include <absl/strings/str_split.h>

#include "store/redis_keys.h"
#include "tests/store/login_store_contract.h"
#include "tests/store/redis_under_test.h"

namespace tokenbroker {
namespace {

using ::testing::HasSubstr;

class RedisBadDaysTest : public LoginStoreContract {
 protected:
  RedisUnderTest& redis() { return static_cast<RedisUnderTest&>(*store_); }
  RedisServer& server() { return redis().server(); }

  BeginRefreshAnswer BeginAt(RedisReplica& replica, int64_t known, const Attempt& attempt,
                             Replay replay = Replay::kHarmful) {
    BeginRefreshRequest request;
    request.key = key_;
    request.known_generation = known;
    request.attempt = attempt;
    request.not_after = Soon();
    request.replay = replay;
    return Do(replica.store.BeginRefresh(std::move(request)));
  }

  // Lets `percent` of the server's memory be used.
  void Fill(int percent) {
    const std::string info = server().Command({"INFO", "memory"});
    const std::string used = info.substr(info.find("used_memory:") + 12);
    const int64_t limit = std::stoll(used) * 100 / percent;
    server().Command({"CONFIG", "SET", "maxmemory", absl::StrCat(limit)});
    MemoryWatch& watch = redis().first().store.parts().memory;
    Done(watch.Look());
  }
  void Done(Task<void> task) {
    loop_.Spawn(std::move(task));
    Settle();
  }
};
INSTANTIATE_TEST_SUITE_P(Redis, RedisBadDaysTest, ::testing::Values(SharedRedis()));

TEST_P(RedisBadDaysTest, AFullRedisTakesWhatAProviderGaveAndRefusesTheRest) {
  const Grant grant = LogIn();
  CreateLogin();
  const BeginExchangeAnswer exchange = BeginExchange("x");
  const BeginRefreshAnswer begun = Go(grant.generation, "a");
  server().Command({"CONFIG", "SET", "maxmemory", "1"});
  EXPECT_EQ(Load().outcome, LoadAnswer::Outcome::kFound);
  EXPECT_EQ(Renew(begun, "a").outcome, Renewed::kOk);
  EXPECT_EQ(Commit(begun, "a", "rt-2").outcome, Committed::kStored);
  EXPECT_EQ(Begin(Stored().generation, "b").outcome, Begun::kUnavailable);
  EXPECT_EQ(Do(logins().CreateLogin(state_ + "2", SampleLogin())).outcome,
            CreateLoginAnswer::Outcome::kUnavailable);
  FinishExchangeRequest finish = FinishOf(exchange, "x", "rt-3");
  finish.generation = Stored().generation + 1;
  EXPECT_EQ(Finish(finish).outcome, Finished::kStored);
  EXPECT_EQ(PutOf(PutKind::kRevoke, "revoke", 0, grant).outcome, Put::kStored);
  server().Command({"CONFIG", "SET", "maxmemory", "0"});
}

TEST_P(RedisBadDaysTest, AnAttemptFailsThoughRedisIsFull) {
  const Grant grant = LogIn();
  const BeginRefreshAnswer begun = Go(grant.generation, "a");
  server().Command({"CONFIG", "SET", "maxmemory", "1"});
  EXPECT_EQ(Fail(begun, "a", Delivery::kNotSent).outcome, Failed::kOk);
  server().Command({"CONFIG", "SET", "maxmemory", "0"});
}

TEST_P(RedisBadDaysTest, LoginsAreRefusedFirstThenNewGrantsThenRefreshes) {
  const Grant grant = LogIn();
  CreateLogin();
  using Created = CreateLoginAnswer::Outcome;
  const auto create = [&] { return Do(logins().CreateLogin(state_ + "2", SampleLogin())).outcome; };
  Fill(70);
  EXPECT_EQ(create(), Created::kStored);
  Fill(85);
  EXPECT_EQ(create(), Created::kUnavailable);
  EXPECT_EQ(BeginExchange("a").outcome, Exchange::kGo);
  Fill(92);
  EXPECT_EQ(BeginExchange("a").outcome, Exchange::kUnavailable);
  EXPECT_EQ(PutOf(PutKind::kImport, "i", NowMs() + 1, SampleGrant()).outcome, Put::kUnavailable);
  const BeginRefreshAnswer begun = Go(grant.generation, "a");
  Fill(97);
  EXPECT_EQ(Begin(grant.generation, "a").outcome, Begun::kUnavailable);
  EXPECT_EQ(Renew(begun, "a").outcome, Renewed::kOk);
  EXPECT_EQ(Commit(begun, "a", "rt-2").outcome, Committed::kStored);
  EXPECT_EQ(PutOf(PutKind::kLogin, "l", NowMs() + 9'000, SampleGrant()).outcome, Put::kStored);
  EXPECT_THAT(redis().first().MetricLines("tokenbroker_store_memory_refusals_total"),
              HasSubstr("what=\"refresh\"} 1"));
  Fill(10);
  EXPECT_EQ(create(), Created::kStored);
  server().Command({"CONFIG", "SET", "maxmemory", "0"});
}

TEST_P(RedisBadDaysTest, ARecordWhoseSealWasBrokenIsUnreadableAndKeepsNobodyBusy) {
  const Grant grant = LogIn();
  const std::string sealed = redis().Field(key_, "sealed");
  std::string broken = sealed;
  broken.back() = static_cast<char>(broken.back() ^ 1);
  server().Command({"HSET", redis().RecordOf(key_), "sealed", broken});
  EXPECT_EQ(Load().outcome, LoadAnswer::Outcome::kUnavailable);
  EXPECT_EQ(Begin(grant.generation, "a").outcome, Begun::kUnreadable);
  server().Command({"HSET", redis().RecordOf(key_), "sealed", sealed});
  Go(grant.generation, "b");
}

TEST_P(RedisBadDaysTest, ASealedPartOfAnotherGrantOrGenerationIsNotOpened) {
  const Grant grant = LogIn();
  const std::string old = redis().Field(key_, "sealed");
  Commit(Go(grant.generation, "a"), "a", "rt-2");
  const std::string old_generation = std::to_string(grant.generation);
  server().Command({"HSET", redis().RecordOf(key_), "sealed", old, "sealed_gen", old_generation});
  EXPECT_EQ(Load().outcome, LoadAnswer::Outcome::kUnavailable);
}

TEST_P(RedisBadDaysTest, AGrantUnderAKeyThatWeLackIsListedWithWhatIsPlain) {
  LogIn();
  RedisReplica& other = redis().AddReplica({.keys = {"k9"}});
  const ListAnswer listed = Do(other.store.List({}, 10, ""));
  ASSERT_EQ(listed.grants.size(), 1u);
  EXPECT_EQ(listed.grants[0].owner, SampleGrant().owner);
  EXPECT_TRUE(listed.grants[0].refresh_token.empty());
}

TEST_P(RedisBadDaysTest, ALoginOverAGrantThatCannotBeReadIsGivenBack) {
  LogIn();
  CreateLogin();
  server().Command({"HSET", redis().RecordOf(key_), "sealed", "broken"});
  EXPECT_EQ(BeginExchange("a").outcome, Exchange::kUnavailable);
  PutOf(PutKind::kDelete, "delete", 0, SampleGrant());
  EXPECT_EQ(BeginExchange("b").outcome, Exchange::kGo);
}

// A server of its own, which may be ended.
class RedisRestartTest : public RedisBadDaysTest {};
INSTANTIATE_TEST_SUITE_P(Redis, RedisRestartTest, ::testing::Values(OwnRedis()));

TEST_P(RedisRestartTest, ARestartKeepsTheGrantsAndSettles) {
  const Grant grant = LogIn();
  const BeginRefreshAnswer begun = Go(grant.generation, "a");
  server().Kill();
  server().Restart();
  Load();
  EXPECT_EQ(Renew(begun, "a").outcome, Renewed::kOk);
  EXPECT_EQ(Begin(grant.generation, "b").outcome, Begun::kSettling);
  EXPECT_EQ(Commit(begun, "a", "rt-2").outcome, Committed::kStored);
  EXPECT_EQ(Stored().refresh_token.Expose(), "rt-2");
}

// A primary that stood still, was replaced, and is promoted again before it heard of what came
// since: its data says that it has been the primary all the while.
TEST_P(RedisRestartTest, APrimaryOfBeforeSettlesThoughItFindsItsOwnRunId) {
  const Grant grant = LogIn();
  server().Kill();
  server().Restart();
  const std::string info = server().Command({"INFO", "server"});
  const std::string run_id = info.substr(info.find("\nrun_id:") + 8, 40);
  const std::string record = redis().RecordOf(key_);
  const std::string meta = record.substr(0, record.find('}') + 1) + ":meta";
  server().Command({"HSET", meta, "run_id", run_id});
  Load();
  EXPECT_EQ(Begin(grant.generation, "a").outcome, Begun::kSettling);
  EXPECT_EQ(server().Command({"HGET", meta, "run_id"}), run_id);
  EXPECT_NE(server().Command({"HGET", meta, "settle_until"}), "0") << "for whoever comes, too";
}

// It may have lost what was acknowledged, and settles for a few seconds only.
TEST_P(RedisRestartTest, AnotherServerIsToldOfOnceItAnswers) {
  ChangeRecorder recorder;
  grants().Subscribe(&recorder);
  Advance(absl::Seconds(10));
  EXPECT_EQ(recorder.server_changes, 1) << "the first one that was met";
  server().Kill();
  server().Restart();
  Advance(absl::Seconds(2));
  EXPECT_EQ(recorder.server_changes, 2);
  Advance(absl::Seconds(10));
  EXPECT_EQ(recorder.server_changes, 2);
}

}  // namespace
}  // namespace tokenbroker

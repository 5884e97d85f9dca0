// DirectClient while its server is stopped, gone, back again, or says no.
#include "redis/direct_client.h"
#include "tests/redis/redis_test.h"

namespace tokenbroker {
namespace {

using testing::HasSubstr;
using testing::Not;
using Reply = absl::StatusOr<RedisReply>;

class DirectClientOutageTest : public RedisTest {
 protected:
  Reply Do(std::vector<std::string> words) {
    return Finish(client_, client_.Call(Command(std::move(words))));
  }
  Future<Reply> Begin(std::vector<std::string> words, absl::Duration d) {
    return Start(client_.Call(Command(std::move(words), d)));
  }
  static std::string Why(const Reply& reply) {
    EXPECT_EQ(reply.status().code(), absl::StatusCode::kUnavailable) << reply.status();
    return std::string(reply.status().message());
  }

  RedisServer server_;
  DirectClient client_{loop_, By(server_), 1};
};

TEST_F(DirectClientOutageTest, ACallEndsAtItsDeadlineAndItsAnswerIsSkippedWhenItComes) {
  Do({"PING"}).IgnoreError();
  server_.Pause();
  const auto impatient = Begin({"ECHO", "first"}, absl::Seconds(1));
  const auto patient = Begin({"ECHO", "second"}, absl::Seconds(2));
  Advance(absl::Seconds(1));
  EXPECT_EQ(Why(impatient->value()), "redis: ECHO: no answer in time");
  EXPECT_FALSE(patient->has_value());
  server_.Continue();
  EXPECT_EQ(*Await(patient), StringReply("second"));
}

TEST_F(DirectClientOutageTest, NothingIsSentOfACallWhoseTimeHasPassed) {
  Do({"PING"}).IgnoreError();
  EXPECT_EQ(Why(Finish(client_, client_.Call(Command({"SET", "k", "v"}, absl::ZeroDuration())))),
            "redis: SET: no time left");
  EXPECT_EQ(server_.Command({"EXISTS", "k"}), "0");
}

TEST_F(DirectClientOutageTest, AServerThatOwesAnswersAndIsSilentCountsAsLost) {
  Do({"PING"}).IgnoreError();
  server_.Pause();
  const auto call = Begin({"PING"}, absl::Hours(1));
  Advance(absl::Seconds(3));
  EXPECT_EQ(Why(call->value()), "redis: PING: the server is silent");
  const auto next = Begin({"PING"}, absl::Hours(1));
  server_.Continue();
  EXPECT_EQ(*Finish(client_, client_.Call(Command({"PING"}))), StatusReply("PONG"));
  EXPECT_EQ(*Await(next), StatusReply("PONG"));
}

TEST_F(DirectClientOutageTest, AnIdleServerIsNotWatched) {
  Do({"PING"}).IgnoreError();
  EXPECT_FALSE(loop_.NextTimer());
}

TEST_F(DirectClientOutageTest, CallsUnderWayFailWhenTheServerIsKilledAndLaterOnesFindTheNextOne) {
  Do({"PING"}).IgnoreError();
  server_.Pause();
  const auto call = Begin({"SET", "secret-key", "secret-value"}, absl::Seconds(5));
  server_.Kill();
  const std::string why = Why(Await(call));
  EXPECT_THAT(why, HasSubstr("redis: SET: "));
  EXPECT_THAT(why, Not(HasSubstr("secret")));
  const auto waiting = Begin({"GET", "secret-key"}, absl::Hours(1));
  Advance(absl::Seconds(10));
  EXPECT_FALSE(waiting->has_value());
  server_.Restart();
  EXPECT_EQ(*Do({"PING"}), StatusReply("PONG"));
  // Never sent a second time by the client.
  EXPECT_EQ(*Await(waiting), RedisReply());
}

TEST_F(DirectClientOutageTest, ACallThatFindsNoServerSaysWhyAtItsDeadline) {
  server_.Kill();
  const auto call = Begin({"PING"}, absl::Seconds(1));
  Advance(absl::Milliseconds(999));
  EXPECT_FALSE(call->has_value());
  Advance(absl::Milliseconds(1));
  EXPECT_THAT(Why(call->value()), HasSubstr("redis: PING: "));
}

TEST_F(DirectClientOutageTest, AScriptIsLoadedWhenTheServerDoesNotKnowIt) {
  const RedisScript script("pair", "return {KEYS[1], ARGV[1], ARGV[2]}");
  for (int i = 0; i < 3; ++i) {
    ScriptCall call;
    call.script = &script;
    call.keys = {"k"};
    call.arguments = {"a"};
    call.deadline = In(absl::Seconds(1));
    const Reply reply = Finish(client_, client_.Run(std::move(call)));
    ASSERT_TRUE(reply.ok()) << reply.status();
    EXPECT_EQ(reply->items.at(0), StringReply("k"));
    EXPECT_THAT(server_.Command({"INFO", "server"}),
                HasSubstr("run_id:" + reply->items.at(1).text + "\r\n"));
    EXPECT_EQ(reply->items.at(2), StringReply("a"));
    if (i == 1) server_.Command({"SCRIPT", "FLUSH"});
  }
  EXPECT_THAT(server_.Command({"INFO", "commandstats"}), HasSubstr("cmdstat_eval:calls=2"));
}

TEST_F(DirectClientOutageTest, AScriptLearnsWhichServerItReachesAndThatThereWasAnother) {
  const RedisScript script("who", "return ARGV[1]");
  std::vector<std::string> seen;
  for (int i = 0; i < 2; ++i) {
    ScriptCall call;
    call.script = &script;
    call.keys = {"k"};
    call.deadline = In(absl::Hours(1));
    seen.push_back(Finish(client_, client_.Run(std::move(call)))->text);
    if (i == 1) break;
    server_.Kill();
    AwaitOutside([this] { return client_.pending() == 0 && loop_.NextTimer(); });
    server_.Restart();
  }
  EXPECT_EQ(seen[0].size(), 40u);
  EXPECT_THAT(seen[1], testing::Not(testing::StartsWith(seen[0])));
  EXPECT_EQ(seen[1].substr(40), " 0") << "milliseconds ago";
}

TEST_F(DirectClientOutageTest, AScriptThatFailsIsNamedAndNotQuoted) {
  const RedisScript script("grumpy", "return redis.error_reply('NO_STORE ' .. ARGV[2])");
  ScriptCall call;
  call.script = &script;
  call.keys = {"k"};
  call.arguments = {"secret"};
  call.deadline = In(absl::Seconds(1));
  EXPECT_EQ(Why(Finish(client_, client_.Run(std::move(call)))), "redis: grumpy: ERR");
}

TEST_F(DirectClientOutageTest, ErrorRepliesBecomeUnavailable) {
  Do({"SET", "k", "v"}).IgnoreError();
  EXPECT_EQ(Why(Do({"LPUSH", "k", "v"})), "redis: LPUSH: WRONGTYPE");
  server_.Command({"CONFIG", "SET", "maxmemory", "1"});
  EXPECT_EQ(Why(Do({"SET", "k", "v"})), "redis: SET: OOM");
}

TEST_F(DirectClientOutageTest, AServerThatTurnedReadOnlyIsLookedUpAnew) {
  Do({"PING"}).IgnoreError();
  server_.Command({"REPLICAOF", "127.0.0.1", std::to_string(FreePort())});
  EXPECT_EQ(Why(Do({"SET", "k", "v"})), "redis: SET: READONLY");
  server_.Command({"REPLICAOF", "NO", "ONE"});
  server_.Command({"CONFIG", "RESETSTAT"});
  EXPECT_EQ(*Do({"SET", "k", "v"}), StatusReply("OK"));
  EXPECT_THAT(server_.Command({"INFO", "commandstats"}), HasSubstr("cmdstat_info:"));
}

TEST_F(DirectClientOutageTest, WhatWaitsForAServerIsBounded) {
  RedisOptions options = By(server_);
  options.max_unanswered_bytes = 1000;
  DirectClient client(loop_, options, 1);
  EXPECT_TRUE(Finish(client, client.Call(Command({"PING"}))).ok());
  server_.Pause();
  std::vector<Future<Reply>> calls;
  for (int i = 0; i < 3; ++i) {
    calls.push_back(Start(client.Call(Command({"SET", "k", std::string(400, 'x')}))));
  }
  EXPECT_EQ(Why(calls[2]->value()), "redis: SET: too many commands wait for the server");
  server_.Continue();
  EXPECT_TRUE(Await(calls[0]).ok());
  EXPECT_TRUE(Await(calls[1]).ok());
  EXPECT_TRUE(Finish(client, client.Call(Command({"SET", "k", std::string(400, 'x')}))).ok());
}

TEST_F(DirectClientOutageTest, AClientThatGoesFailsWhatIsUnderWay) {
  auto client = std::make_unique<DirectClient>(loop_, By(server_), 1);
  EXPECT_TRUE(Finish(*client, client->Call(Command({"PING"}))).ok());
  client.reset();
  Settle();
  AwaitOutside([this] {
    return server_.Command({"INFO", "clients"}).find("connected_clients:1\r") != std::string::npos;
  });
}

}  // namespace
}  // namespace tokenbroker

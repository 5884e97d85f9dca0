// DirectClient where sentinels name the server.
#include "redis/direct_client.h"
#include "tests/redis/sentinel_test.h"

namespace tokenbroker {
namespace {

using SentinelClientTest = SentinelTest;

TEST_F(SentinelClientTest, TheClientFollowsThePrimaryToAnotherServer) {
  RedisServer one;
  RedisServer two;
  Belief belief{one.port(), 1, {}};
  const auto sentinel = Sentinel(&belief);
  DirectClient client(loop_, Options({sentinel->endpoint()}), 1);
  EXPECT_EQ(client.PrimaryOf("k"), "");
  ASSERT_TRUE(Finish(client, client.Call(Command({"SET", "k", "v"}))).ok());
  EXPECT_EQ(client.PrimaryOf("k"), "127.0.0.1:" + std::to_string(one.port()));
  belief = {two.port(), 2, {}};
  one.Kill();
  AwaitOutside([&] { return client.pending() == 0 && loop_.NextTimer(); });
  ASSERT_TRUE(Finish(client, client.Call(Command({"SET", "k", "w"}))).ok());
  EXPECT_EQ(two.Command({"GET", "k"}), "w");
  EXPECT_EQ(client.PrimaryOf("k"), "127.0.0.1:" + std::to_string(two.port()));
}

TEST_F(SentinelClientTest, AServerThatIsNoPrimaryIsNotUsed) {
  RedisServer primary;
  RedisServer replica({"--replicaof", "127.0.0.1 " + std::to_string(primary.port())});
  Belief belief{replica.port(), 1, {}};
  const auto sentinel = Sentinel(&belief);
  DirectClient client(loop_, Options({sentinel->endpoint()}), 1);
  const auto refused = Finish(client, client.Call(Command({"GET", "k"}, absl::Seconds(1))));
  EXPECT_EQ(refused.status(),
            absl::UnavailableError("redis: GET: redis: ROLE: the server is no primary"));
  belief.port = primary.port();
  EXPECT_TRUE(Finish(client, client.Call(Command({"GET", "k"}))).ok());
}

TEST_F(SentinelClientTest, ADemotedPrimaryIsLeftWhenItSaysThatItIsReadOnly) {
  RedisServer one;
  RedisServer two;
  Belief belief{one.port(), 1, {}};
  const auto sentinel = Sentinel(&belief);
  DirectClient client(loop_, Options({sentinel->endpoint()}), 1);
  ASSERT_TRUE(Finish(client, client.Call(Command({"SET", "k", "v"}))).ok());
  belief = {two.port(), 2, {}};
  one.Command({"REPLICAOF", "127.0.0.1", std::to_string(two.port())});
  const auto refused = Finish(client, client.Call(Command({"SET", "k", "w"})));
  EXPECT_EQ(refused.status(), absl::UnavailableError("redis: SET: READONLY"));
  ASSERT_TRUE(Finish(client, client.Call(Command({"SET", "k", "w"}))).ok());
  EXPECT_EQ(two.Command({"GET", "k"}), "w");
}

TEST_F(SentinelClientTest, AReplacedPrimaryIsLeftWhenASentinelSaysSoThoughItStillAnswers) {
  RedisServer one;
  RedisServer two;
  Belief belief{one.port(), 1, {}};
  const auto sentinel = Sentinel(&belief);
  DirectClient client(loop_, Options({sentinel->endpoint()}), 1);
  ASSERT_TRUE(Finish(client, client.Call(Command({"SET", "k", "v"}))).ok());
  AwaitOutside([&] { return client.pending() == 0; });
  belief = {two.port(), 2, {}};
  const auto announce = [&](const std::string& name) {
    sentinel->Send(Array({Bulk("message"), Bulk("+switch-master"),
                          Bulk(name + " 127.0.0.1 1 127.0.0.1 " + std::to_string(two.port()))}));
  };
  announce("another");
  ASSERT_TRUE(Finish(client, client.Call(Command({"SET", "k", "w"}))).ok());
  EXPECT_EQ(one.Command({"GET", "k"}), "w");
  announce("main");
  const std::string was = client.PrimaryOf("k");
  while (client.PrimaryOf("k") == was) {
    ASSERT_TRUE(Finish(client, client.Call(Command({"SET", "k", "x"}))).ok());
  }
  ASSERT_TRUE(Finish(client, client.Call(Command({"SET", "k", "y"}))).ok());
  EXPECT_EQ(two.Command({"GET", "k"}), "y");
}

TEST_F(SentinelClientTest, AMissedAnnouncementIsMadeUpFor) {
  RedisServer one;
  RedisServer two;
  Belief belief{one.port(), 1, {}};
  const auto sentinel = Sentinel(&belief);
  DirectClient client(loop_, Options({sentinel->endpoint()}), 1);
  ASSERT_TRUE(Finish(client, client.Call(Command({"SET", "k", "v"}))).ok());
  AwaitOutside([&] { return client.pending() == 0; });
  belief = {two.port(), 2, {}};
  sentinel->CloseConnections();
  AwaitOutside([&] { return client.pending() == 0 && loop_.NextTimer(); });
  Advance(absl::Seconds(1));
  AwaitOutside([&] { return client.pending() == 0; });
  Advance(absl::Seconds(1));
  ASSERT_TRUE(Finish(client, client.Call(Command({"SET", "k", "w"}))).ok());
  EXPECT_EQ(two.Command({"GET", "k"}), "w");
}

// A server that answers SET only when the test says so, and confirms every barrier.
std::unique_ptr<FakeServer> SlowServer(Loop& loop, const std::string& run_id) {
  return std::make_unique<FakeServer>(
      loop, [run_id](const std::vector<std::string>& words) -> std::string {
        if (words[0] == "SET") return "";
        if (words[0] == "WAIT") return ":1\r\n";
        if (words[0] == "EVAL") return "+OK\r\n";
        return Greet(words, run_id);
      });
}

TEST_F(SentinelClientTest, WhatThePrimaryOfBeforeAnswersLateIsNotConfirmedByItsSuccessor) {
  const auto one = SlowServer(loop_, "one");
  const auto two = SlowServer(loop_, "two");
  Belief belief{one->port(), 1, {}};
  const auto sentinel = Sentinel(&belief);
  DirectClient client(loop_, Options({sentinel->endpoint()}), 1);
  const auto late = Start(client.Call(Command({"SET", "k", "v"})));
  AwaitOutside([&] { return !one->seen().empty() && one->seen().back() == "SET k v"; });
  belief = {two->port(), 2, {}};
  sentinel->Send(Array({Bulk("message"), Bulk("+switch-master"), Bulk("main 127.0.0.1 1 a 2")}));
  AwaitInTime([&] { return client.PrimaryOf("k") == "127.0.0.1:" + std::to_string(two->port()); });
  one->Send("+OK\r\n");
  ASSERT_TRUE(Await(late).ok());
  EXPECT_EQ(Await(Start(client.AwaitReplicas("barrier", 1, In(absl::Seconds(1))))),
            absl::UnavailableError("redis: WAIT: another server is the primary now"));
}

TEST_F(SentinelClientTest, APrimaryThatMayNotWriteIsAskedAfter) {
  std::string refusal;
  FakeServer one(loop_, [&refusal](const std::vector<std::string>& words) {
    return words[0] == "SET" ? "-" + refusal + " so it is\r\n" : Greet(words, "one");
  });
  for (const std::string code : {"NOREPLICAS", "MASTERDOWN"}) {
    RedisServer two;
    refusal = code;
    Belief belief{one.port(), 1, {}};
    const auto sentinel = Sentinel(&belief);
    DirectClient client(loop_, Options({sentinel->endpoint()}), 1);
    EXPECT_FALSE(Finish(client, client.Call(Command({"SET", "k", "v"}))).ok());
    AwaitOutside([&] { return client.pending() == 0; });
    EXPECT_EQ(client.PrimaryOf("k"), "127.0.0.1:" + std::to_string(one.port()))
        << "the sentinels still name it";
    belief = {two.port(), 2, {}};
    Advance(absl::Seconds(1));  // They were asked a moment ago.
    EXPECT_FALSE(Finish(client, client.Call(Command({"SET", "k", "v"}))).ok());
    AwaitOutside([&] { return client.pending() == 0; });
    EXPECT_TRUE(Finish(client, client.Call(Command({"SET", "k", "v"}))).ok()) << code;
  }
}

TEST_F(SentinelClientTest, WithoutAnyAnnouncementTheSentinelsAreAskedFromTimeToTime) {
  RedisServer one;
  RedisServer two;
  Belief belief{one.port(), 1, {}};
  const auto sentinel = Sentinel(&belief);
  DirectClient client(loop_, Options({sentinel->endpoint()}), 1);
  ASSERT_TRUE(Finish(client, client.Call(Command({"SET", "k", "v"}))).ok());
  AwaitOutside([&] { return client.pending() == 0; });
  belief = {two.port(), 2, {}};
  for (int i = 0; i < 12; ++i) {
    Advance(absl::Seconds(1));
    AwaitOutside([&] { return client.pending() == 0; });
  }
  ASSERT_TRUE(Finish(client, client.Call(Command({"SET", "k", "w"}))).ok());
  EXPECT_EQ(two.Command({"GET", "k"}), "w");
}

}  // namespace
}  // namespace tokenbroker

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

}  // namespace
}  // namespace tokenbroker

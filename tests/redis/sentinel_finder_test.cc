#include "redis/sentinel_finder.h"

#include "redis/direct_client.h"
#include "tests/redis/fake_server.h"
#include "tests/redis/redis_test.h"

namespace tokenbroker {
namespace {

using testing::HasSubstr;
using Found = absl::StatusOr<RedisEndpoint>;

class SentinelFinderTest : public RedisTest {
 protected:
  struct Belief {
    int port = 0;
    int epoch = 0;
    std::vector<RedisEndpoint> others;
  };
  // A sentinel that believes what the test says, also later.
  std::unique_ptr<FakeServer> Sentinel(const Belief* belief) {
    return std::make_unique<FakeServer>(
        loop_, [belief](const std::vector<std::string>& words) -> std::string {
          if (words[0] == "AUTH") return "+OK\r\n";
          if (words[0] != "SENTINEL") return Greet(words);
          if (words[2] != "main")
            return words[1] == "MASTER" ? "-ERR No such master\r\n" : "*-1\r\n";
          if (words[1] == "GET-MASTER-ADDR-BY-NAME") {
            return Array({Bulk("127.0.0.1"), Bulk(std::to_string(belief->port))});
          }
          if (words[1] == "MASTER") {
            return Array({Bulk("name"), Bulk("main"), Bulk("config-epoch"),
                          Bulk(std::to_string(belief->epoch))});
          }
          std::vector<std::string> others;
          for (const RedisEndpoint& other : belief->others) {
            others.push_back(Array(
                {Bulk("ip"), Bulk(other.host), Bulk("port"), Bulk(std::to_string(other.port))}));
          }
          return Array(others);
        });
  }
  RedisOptions Options(const std::vector<RedisEndpoint>& sentinels) {
    RedisOptions options;
    options.mode = RedisOptions::Mode::kSentinel;
    options.endpoints = sentinels;
    options.sentinel_primary = "main";
    return options;
  }
  Found Find(SentinelFinder& finder) { return Await(Start(finder.Find(In(absl::Seconds(3))))); }
};

TEST_F(SentinelFinderTest, FindsWhatASentinelNames) {
  const Belief belief{7001, 1, {}};
  const auto sentinel = Sentinel(&belief);
  SentinelFinder finder(loop_, Options({sentinel->endpoint()}));
  EXPECT_EQ(ToString(*Find(finder)), "127.0.0.1:7001");
  EXPECT_FALSE(loop_.NextTimer());
}

TEST_F(SentinelFinderTest, ASentinelThatWasCutOffIsNotBelieved) {
  const Belief stale{7001, 1, {}};
  const Belief fresh{7002, 2, {}};
  const auto one = Sentinel(&stale);
  const auto two = Sentinel(&fresh);
  const auto three = Sentinel(&stale);
  SentinelFinder finder(loop_, Options({one->endpoint(), two->endpoint(), three->endpoint()}));
  EXPECT_EQ(ToString(*Find(finder)), "127.0.0.1:7002");
}

TEST_F(SentinelFinderTest, DeadSentinelsDoNotMatterAndSilentOnesOnlyForAMoment) {
  const Belief belief{7001, 1, {}};
  const auto alive = Sentinel(&belief);
  FakeServer silent(loop_, [](const std::vector<std::string>&) { return std::string(); });
  const RedisEndpoint dead{"127.0.0.1", static_cast<uint16_t>(FreePort()), ""};
  SentinelFinder finder(loop_, Options({dead, silent.endpoint(), alive->endpoint()}));
  const auto found = Start(finder.Find(In(absl::Seconds(3))));
  AwaitOutside([&] { return alive->seen().size() == 4; });
  AwaitOutside([&] { return loop_.NextTimer() && *loop_.NextTimer() < In(absl::Seconds(1)); });
  EXPECT_FALSE(found->has_value());
  Advance(absl::Milliseconds(100));
  EXPECT_EQ(ToString(*Await(found)), "127.0.0.1:7001");
}

TEST_F(SentinelFinderTest, AsksThoseThatTheSentinelsKnowOf) {
  const Belief second_belief{7002, 2, {}};
  const auto second = Sentinel(&second_belief);
  const Belief first_belief{7001, 1, {second->endpoint()}};
  auto first = Sentinel(&first_belief);
  SentinelFinder finder(loop_, Options({first->endpoint()}));
  EXPECT_EQ(ToString(*Find(finder)), "127.0.0.1:7001");
  first.reset();
  EXPECT_EQ(ToString(*Find(finder)), "127.0.0.1:7002");
}

TEST_F(SentinelFinderTest, SaysWhatStandsInTheWay) {
  const Belief belief{7001, 1, {}};
  const auto sentinel = Sentinel(&belief);
  RedisOptions options = Options({sentinel->endpoint()});
  options.sentinel_primary = "other";
  SentinelFinder unknown(loop_, options);
  EXPECT_EQ(Find(unknown).status(),
            absl::UnavailableError("a sentinel does not know the primary's name"));
  const RedisEndpoint dead{"127.0.0.1", static_cast<uint16_t>(FreePort()), ""};
  SentinelFinder nobody(loop_, Options({dead}));
  EXPECT_EQ(Find(nobody).status(), absl::UnavailableError("Connection refused"));
}

TEST_F(SentinelFinderTest, SilentSentinelsAreGivenUpAtTheDeadline) {
  FakeServer silent(loop_, [](const std::vector<std::string>&) { return std::string(); });
  SentinelFinder finder(loop_, Options({silent.endpoint()}));
  const auto found = Start(finder.Find(In(absl::Seconds(2))));
  Advance(absl::Seconds(2));
  EXPECT_EQ((*found)->status().code(), absl::StatusCode::kUnavailable);
}

TEST_F(SentinelFinderTest, SentinelsHaveTheirOwnPassword) {
  const Belief belief{7001, 1, {}};
  const auto sentinel = Sentinel(&belief);
  RedisOptions options = Options({sentinel->endpoint()});
  options.user = "broker";
  options.password = [] { return Secret("broker-password"); };
  SentinelFinder without(loop_, options);
  EXPECT_TRUE(Find(without).ok());
  EXPECT_EQ(sentinel->seen().at(0), "INFO server");
  options.sentinel_user = "watcher";
  options.sentinel_password = [] { return Secret("sentinel"); };
  SentinelFinder with(loop_, options);
  EXPECT_TRUE(Find(with).ok());
  EXPECT_THAT(sentinel->seen(), testing::Contains("AUTH watcher sentinel"));
  EXPECT_THAT(sentinel->seen(), testing::Not(testing::Contains(HasSubstr("broker"))));
}

TEST_F(SentinelFinderTest, TheClientFollowsThePrimaryToAnotherServer) {
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

TEST_F(SentinelFinderTest, AServerThatIsNoPrimaryIsNotUsed) {
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

TEST_F(SentinelFinderTest, ADemotedPrimaryIsLeftWhenItSaysThatItIsReadOnly) {
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

}  // namespace
}  // namespace tokenbroker

#include "redis/direct_client.h"

#include "tests/redis/redis_test.h"
#include "tests/support/metric_value.h"

namespace tokenbroker {
namespace {

using Reply = absl::StatusOr<RedisReply>;

class DirectClientTest : public RedisTest {
 protected:
  Reply Do(DirectClient& client, std::vector<std::string> words) {
    return Finish(client, client.Call(Command(std::move(words))));
  }

  RedisServer server_;
};

TEST_F(DirectClientTest, CallsByUnixSocketAndByTcp) {
  DirectClient by_path(loop_, By(server_), 1);
  DirectClient by_port(loop_, ByTcp(server_), 1);
  EXPECT_EQ(*Do(by_path, {"SET", "k", "v"}), StatusReply("OK"));
  EXPECT_EQ(*Do(by_port, {"GET", "k"}), StringReply("v"));
  EXPECT_EQ(by_port.PrimaryOf("k"), "127.0.0.1:" + std::to_string(server_.port()));
}

TEST_F(DirectClientTest, ByName) {
  RedisOptions options = ByTcp(server_);
  options.endpoints[0].host = "localhost";
  DirectClient client(loop_, options, 1);
  EXPECT_EQ(*Do(client, {"PING"}), StatusReply("PONG"));
}

TEST_F(DirectClientTest, MeasuresWhatWasAnswered) {
  Metrics metrics;
  RedisOptions options = By(server_);
  options.meters = RedisMeters(metrics);
  DirectClient client(loop_, options, 1);
  const std::string answers = "tokenbroker_redis_duration_seconds_count";
  EXPECT_EQ(MetricValue(metrics, answers), "0");
  EXPECT_TRUE(Do(client, {"PING"}).ok());
  EXPECT_FALSE(Do(client, {"NO-SUCH-COMMAND"}).ok());
  EXPECT_EQ(MetricValue(metrics, answers), "2") << "an error is an answer";
  server_.Pause();
  const Future<Reply> late = Start(client.Call(Command({"PING"}, absl::Seconds(1))));
  Advance(absl::Seconds(1));
  EXPECT_TRUE(late->has_value());
  server_.Continue();
  EXPECT_EQ(MetricValue(metrics, answers), "2");
}

TEST_F(DirectClientTest, ManyCallsAreUnderWayAtOnceAndEachGetsItsOwnAnswer) {
  DirectClient client(loop_, By(server_), 1);
  Do(client, {"PING"}).IgnoreError();
  server_.Pause();
  std::vector<Future<Reply>> calls;
  for (int i = 0; i < 1000; ++i) {
    calls.push_back(Start(client.Call(Command({"INCR", "n"}))));
    calls.push_back(Start(client.Call(Command({"ECHO", std::to_string(i)}))));
  }
  EXPECT_EQ(client.pending(), 2000u);
  server_.Continue();
  for (int i = 0; i < 1000; ++i) {
    const auto at = static_cast<size_t>(i) * 2;
    EXPECT_EQ(*Await(calls[at]), IntegerReply(i + 1));
    EXPECT_EQ(*Await(calls[at + 1]), StringReply(std::to_string(i)));
  }
  EXPECT_EQ(client.pending(), 0u);
  EXPECT_FALSE(loop_.NextTimer());
}

}  // namespace
}  // namespace tokenbroker

#include "redis/connection.h"

#include "tests/redis/fake_server.h"
#include "tests/redis/redis_test.h"
#include "tests/support/metric_value.h"

namespace tokenbroker {
namespace {

// Finds what the test says at the time.
struct MovableEndpoint : EndpointFinder {
  explicit MovableEndpoint(RedisEndpoint at) : endpoint(std::move(at)) {}
  Task<absl::StatusOr<RedisEndpoint>> Find(SteadyTime) override {
    ++finds;
    co_return endpoint;
  }
  RedisEndpoint endpoint;
  int finds = 0;
};

class ConnectionTest : public RedisTest {
 protected:
  RedisConnection::Options Options() {
    RedisOptions options;
    RedisConnection::Options connection;
    connection.connect = ConnectOptions::ForServers(options);
    connection.backoff = options.backoff;
    connection.purpose = "test";
    return connection;
  }
  std::string RunIdOf(const absl::StatusOr<std::shared_ptr<RedisSession>>& session) {
    return session.ok() ? (*session)->run_id() : session.status().ToString();
  }
};

TEST_F(ConnectionTest, ARenewalThatComesWhileConnectingIsNotForgotten) {
  bool greets = false;
  FakeServer one(loop_, [&greets](const std::vector<std::string>& words) {
    return greets ? Greet(words, "one") : std::string();
  });
  FakeServer two(loop_, [](const std::vector<std::string>& words) { return Greet(words, "two"); });
  const auto finder = std::make_shared<MovableEndpoint>(one.endpoint());
  RedisConnection connection(loop_, finder, Options());
  const auto session = Start(connection.Ready(In(absl::Seconds(5))));
  AwaitOutside([&] { return !one.seen().empty(); });
  finder->endpoint = two.endpoint();
  connection.Renew();
  greets = true;
  one.Send(Greet({"INFO"}, "one"));
  AwaitInTime([&] { return session->has_value(); });
  EXPECT_EQ(RunIdOf(**session), "two");
}

TEST_F(ConnectionTest, CountsConnectionsAndThoseThatFailOrEndUnasked) {
  FakeServer server(loop_,
                    [](const std::vector<std::string>& words) { return Greet(words, "one"); });
  const auto finder = std::make_shared<MovableEndpoint>(server.endpoint());
  Metrics metrics;
  const auto connections = [&metrics] {
    return MetricValue(metrics, "tokenbroker_redis_connections_total{purpose=\"test\"}");
  };
  const auto errors = [&metrics] {
    return MetricValue(metrics, "tokenbroker_redis_connection_errors_total{purpose=\"test\"}");
  };
  RedisConnection::Options options = Options();
  options.meters = RedisMeters(metrics);
  RedisConnection connection(loop_, finder, options);
  EXPECT_EQ(connections(), "0");
  EXPECT_EQ(errors(), "0");
  ASSERT_EQ(RunIdOf(Await(Start(connection.Ready(In(absl::Seconds(5)))))), "one");
  EXPECT_EQ(connections(), "1");
  connection.Renew();
  AwaitInTime([&] { return connections() == "2"; });
  EXPECT_EQ(errors(), "0") << "it was made anew because that was wanted";
  server.CloseConnections();
  AwaitInTime([&] { return connections() == "3"; });
  EXPECT_EQ(errors(), "1");
  finder->endpoint = RedisEndpoint{"", 0, "/nowhere/redis.sock"};
  server.CloseConnections();
  AwaitInTime([&] { return errors() == "3"; });
  EXPECT_EQ(connections(), "3");
}

TEST_F(ConnectionTest, ConnectionsThatLastOnlyMomentsAreMadeWithPauses) {
  FakeServer server(loop_,
                    [](const std::vector<std::string>& words) { return Greet(words, "one"); });
  const auto finder = std::make_shared<MovableEndpoint>(server.endpoint());
  RedisConnection connection(loop_, finder, Options());
  ASSERT_EQ(RunIdOf(Await(Start(connection.Ready(In(absl::Seconds(5)))))), "one");
  finder->finds = 0;
  for (int i = 0; i < 1000; ++i) {
    server.CloseConnections();
    loop_.context().restart();
    loop_.context().run_one_for(std::chrono::milliseconds(1));
    Advance(absl::Milliseconds(10));
  }
  EXPECT_GT(finder->finds, 5);
  EXPECT_LT(finder->finds, 40) << "in ten seconds";
}

}  // namespace
}  // namespace tokenbroker

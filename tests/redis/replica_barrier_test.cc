#include "redis/replica_barrier.h"

#include "redis/direct_client.h"
#include "tests/redis/redis_test.h"

namespace tokenbroker {
namespace {

class ReplicaBarrierTest : public RedisTest {
 protected:
  ReplicaBarrierTest() {
    EXPECT_TRUE(Finish(client_, client_.Call(Command({"SET", "k", "v"}))).ok());
  }

  Future<absl::Status> Ask(int replicas, absl::Duration d = absl::Seconds(2)) {
    return Start(client_.AwaitReplicas("barrier", replicas, In(d)));
  }
  // Until the replica has acknowledged a write once; after its first synchronisation that can take
  // a second, later only a round trip.
  void AwaitReplication() {
    server_.Command({"SET", "first", "write"});
    while (server_.Command({"WAIT", "1", "1000"}) != "1") {
    }
  }
  int Barriers() {
    const std::string stats = server_.Command({"INFO", "commandstats"});
    const size_t at = stats.find("cmdstat_wait:calls=");
    return at == std::string::npos ? 0 : std::stoi(stats.substr(at + 19));
  }

  RedisServer server_{{"--repl-diskless-sync-delay", "0"}};
  RedisServer replica_{{"--replicaof", "127.0.0.1 " + std::to_string(server_.port())}};
  DirectClient client_{loop_, By(server_), 1};
};

TEST_F(ReplicaBarrierTest, IsOkOnceTheReplicaHasEverything) {
  AwaitReplication();
  EXPECT_EQ(Await(Ask(1)), absl::OkStatus());
  EXPECT_EQ(replica_.Command({"GET", "k"}), "v");
}

TEST_F(ReplicaBarrierTest, AStalledReplicaIsNotCounted) {
  AwaitReplication();
  replica_.Pause();
  EXPECT_EQ(Await(Ask(1, absl::Milliseconds(200))),
            absl::UnavailableError("redis: WAIT: too few replicas"));
  const auto impatient = Ask(1, absl::Seconds(2));
  Advance(absl::Seconds(2));
  EXPECT_EQ(impatient->value(), absl::UnavailableError("redis: WAIT: no answer in time"));
  replica_.Continue();
  EXPECT_EQ(Finish(client_, client_.AwaitReplicas("barrier", 1, In(absl::Hours(1)))),
            absl::OkStatus());
}

TEST_F(ReplicaBarrierTest, WhoComesMeanwhileSharesTheNextOne) {
  AwaitReplication();
  server_.Command({"CONFIG", "RESETSTAT"});
  replica_.Pause();
  std::vector<Future<absl::Status>> waits = {Ask(1, absl::Seconds(5))};
  AwaitOutside([this] { return Barriers() > 0 || client_.pending() == 1; });
  for (int i = 0; i < 100; ++i) waits.push_back(Ask(1, absl::Seconds(5)));
  replica_.Continue();
  for (const auto& wait : waits) EXPECT_EQ(Await(wait), absl::OkStatus());
  EXPECT_EQ(Barriers(), 2);
}

TEST_F(ReplicaBarrierTest, CommandsGoOnMeanwhile) {
  AwaitReplication();
  replica_.Pause();
  const auto wait = Ask(1, absl::Seconds(5));
  EXPECT_TRUE(Finish(client_, client_.Call(Command({"SET", "k", "w"}))).ok());
  EXPECT_FALSE(wait->has_value());
}

TEST_F(ReplicaBarrierTest, AFullMemoryDoesNotStandInTheWay) {
  AwaitReplication();
  server_.Command({"CONFIG", "SET", "maxmemory", "1"});
  EXPECT_EQ(Await(Ask(1)), absl::OkStatus());
}

TEST_F(ReplicaBarrierTest, EachCallerIsToldByItsOwnNumber) {
  AwaitReplication();
  replica_.Pause();
  const auto before = Ask(1, absl::Seconds(5));
  const auto one = Ask(1, absl::Seconds(1));
  const auto two = Ask(2, absl::Seconds(1));
  replica_.Continue();
  EXPECT_EQ(Await(before), absl::OkStatus());
  EXPECT_EQ(Await(two), absl::UnavailableError("redis: WAIT: too few replicas"));
  EXPECT_EQ(Await(one), absl::OkStatus());
}

TEST_F(ReplicaBarrierTest, AnotherServerThanTheOneThatAnsweredProvesNothing) {
  AwaitReplication();
  server_.Kill();
  AwaitOutside([this] { return client_.pending() == 0 && loop_.NextTimer(); });
  server_.Restart();
  // Asked before the commands' connection has noticed who is there now.
  EXPECT_EQ(Finish(client_, client_.AwaitReplicas("barrier", 0, In(absl::Hours(1)))),
            absl::UnavailableError("redis: WAIT: another server is the primary now"));
}

}  // namespace
}  // namespace tokenbroker

// ClusterClient with real nodes: slots that move, a primary that dies, TLS.
#include "redis/cluster_client.h"
#include "redis/key_slot.h"
#include "tests/redis/real_time_test.h"
#include "tests/support/redis_cluster.h"
#include "tests/support/test_authority.h"

namespace tokenbroker {
namespace {

using Strings = std::vector<std::string>;

struct Diary : ChannelListener {
  void OnMessage(absl::string_view payload) override { lines.emplace_back(payload); }
  void OnSubscribed() override { lines.emplace_back("<subscribed>"); }
  void OnLost() override { lines.emplace_back("<lost>"); }
  Strings lines;
};

class ClusterFailoverTest : public RealTimeTest {
 protected:
  void StartNodes(const Strings& more = {}, RedisServer::Port kind = RedisServer::Port::kPlain) {
    cluster_ = std::make_unique<RedisCluster>(more, kind);
  }
  RedisOptions Options() {
    RedisOptions options;
    options.mode = RedisOptions::Mode::kCluster;
    for (size_t i = 0; i < 3; ++i) {
      const auto port = static_cast<uint16_t>(cluster_->primary(i).port());
      options.endpoints.push_back({"127.0.0.1", port, ""});
    }
    return options;
  }
  std::string Get(ClusterClient& client, const std::string& key) {
    const auto reply = Run(client.Call(Command({"GET", key})));
    return reply.ok() ? reply->text : std::string(reply.status().message());
  }

  std::unique_ptr<RedisCluster> cluster_;
};

TEST_F(ClusterFailoverTest, AKilledPrimaryIsReplacedAndTheOthersDoNotNotice) {
  StartNodes();
  // "foo" lies in slot 12182, "bar" in 5061.
  const auto replica = cluster_->ReplicaOf(cluster_->primary(2));
  ClusterClient client(loop_, Options(), 1);
  SetUntilOk(client, "foo", "1");
  EXPECT_TRUE(Run(client.AwaitReplicas("foo", 1, In(absl::Seconds(10)))).ok());
  cluster_->primary(2).Kill();
  EXPECT_TRUE(Run(client.Call(Command({"SET", "bar", "1"}))).ok());
  const absl::Duration outage = SetUntilOk(client, "foo", "2");
  RecordProperty("outage_ms", static_cast<int>(absl::ToInt64Milliseconds(outage)));
  EXPECT_EQ(Get(client, "foo"), "2");
  EXPECT_EQ(replica->Command({"GET", "foo"}), "2");
  EXPECT_EQ(client.PrimaryOf("foo"), "127.0.0.1:" + std::to_string(replica->port()));
}

TEST_F(ClusterFailoverTest, ASlotCanMoveWhileItIsUsed) {
  StartNodes();
  ClusterClient client(loop_, Options(), 1);
  const std::string slot = std::to_string(KeySlot("{foo}"));
  RedisServer& from = cluster_->primary(2);
  RedisServer& to = cluster_->primary(0);
  SetUntilOk(client, "{foo}a", "1");
  SetUntilOk(client, "{foo}b", "1");
  to.Command({"CLUSTER", "SETSLOT", slot, "IMPORTING", from.Command({"CLUSTER", "MYID"})});
  from.Command({"CLUSTER", "SETSLOT", slot, "MIGRATING", to.Command({"CLUSTER", "MYID"})});
  EXPECT_EQ(
      from.Command({"MIGRATE", "127.0.0.1", std::to_string(to.port()), "{foo}a", "0", "5000"}),
      "OK");
  // One key here, one there: ASK for the one, TRYAGAIN for both.
  EXPECT_EQ(Get(client, "{foo}a"), "1");
  EXPECT_EQ(Get(client, "{foo}b"), "1");
  const RedisScript script("both", "return redis.call('MGET', KEYS[1], KEYS[2])");
  const auto both = [&] {
    ScriptCall call;
    call.script = &script;
    call.keys = {"{foo}a", "{foo}b"};
    call.deadline = In(absl::Milliseconds(200));
    return Run(client.Run(std::move(call)));
  };
  EXPECT_EQ(both().status(), absl::UnavailableError("redis: both: TRYAGAIN"));
  EXPECT_EQ(
      from.Command({"MIGRATE", "127.0.0.1", std::to_string(to.port()), "{foo}b", "0", "5000"}),
      "OK");
  EXPECT_EQ(both()->items.size(), 2u);
  // What the new node answered is proved there, though the slot is not its own yet.
  EXPECT_EQ(Run(client.AwaitReplicas("{foo}:barrier", 0, In(absl::Seconds(2)))), absl::OkStatus());
  for (RedisServer* node : {&to, &from}) {
    node->Command({"CLUSTER", "SETSLOT", slot, "NODE", to.Command({"CLUSTER", "MYID"})});
  }
  EXPECT_EQ(Get(client, "{foo}b"), "1");
  RunUntil([&] { return client.PrimaryOf("{foo}") == "127.0.0.1:" + std::to_string(to.port()); });
}

TEST_F(ClusterFailoverTest, MessagesOfAnyNodeAreHeard) {
  StartNodes();
  ClusterClient client(loop_, Options(), 1);
  Diary diary;
  client.Subscribe("changes", &diary);
  RunUntil([&] { return !diary.lines.empty(); });
  for (size_t i = 0; i < 3; ++i) {
    cluster_->primary(i).Command({"PUBLISH", "changes", std::to_string(i)});
    RunUntil([&] { return diary.lines.size() == i + 2; });
  }
  EXPECT_EQ(diary.lines, (Strings{"<subscribed>", "0", "1", "2"}));
}

TEST_F(ClusterFailoverTest, NodesAreReachedByTls) {
  const TestAuthority authority;
  const TestAuthority::Files files = authority.Issue("IP:127.0.0.1");
  StartNodes({"--tls-cluster", "yes", "--tls-cert-file", files.certificate, "--tls-key-file",
              files.key, "--tls-ca-cert-file", authority.ca_file()},
             RedisServer::Port::kTls);
  RedisOptions options = Options();
  options.tls.emplace();
  options.tls->ca_file = authority.ca_file();
  options.tls->certificate_file = files.certificate;
  options.tls->key_file = files.key;
  ClusterClient client(loop_, options, 1);
  for (const std::string key : {"foo", "bar", "somekey", "x", "y"}) {
    SetUntilOk(client, key, "1");
    EXPECT_EQ(Get(client, key), "1");
  }
  EXPECT_EQ(cluster_->primary(2).Command({"GET", "foo"}), "1");
}

}  // namespace
}  // namespace tokenbroker

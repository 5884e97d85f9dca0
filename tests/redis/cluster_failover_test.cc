// ClusterClient with real nodes: slots that move, a primary that dies, TLS.
#include "redis/cluster_client.h"
#include "redis/key_slot.h"
#include "tests/redis/real_time_test.h"
#include "tests/support/redis_server.h"
#include "tests/support/test_authority.h"

namespace tokenbroker {
namespace {

using testing::HasSubstr;
using Strings = std::vector<std::string>;

struct Diary : ChannelListener {
  void OnMessage(absl::string_view payload) override { lines.emplace_back(payload); }
  void OnSubscribed() override { lines.emplace_back("<subscribed>"); }
  void OnLost() override { lines.emplace_back("<lost>"); }
  Strings lines;
};

// Three primaries, each with a third of the slots.
class ClusterFailoverTest : public RealTimeTest {
 protected:
  void StartNodes(const Strings& more = {}, RedisServer::Port kind = RedisServer::Port::kPlain) {
    Strings arguments = {"--cluster-enabled",          "yes", "--cluster-node-timeout", "1000",
                         "--repl-diskless-sync-delay", "0"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    for (int i = 0; i < 3; ++i) nodes_.push_back(std::make_unique<RedisServer>(arguments, kind));
    const Strings thirds = {"0", "5460", "5461", "10922", "10923", "16383"};
    for (size_t i = 0; i < 3; ++i) {
      nodes_[i]->Command({"CLUSTER", "ADDSLOTSRANGE", thirds[2 * i], thirds[2 * i + 1]});
      Meet(*nodes_[i]);
    }
    for (auto& node : nodes_) EXPECT_NE(node->WaitForLine("Cluster state changed: ok"), "");
  }
  void Meet(RedisServer& node) {
    for (auto& other : nodes_) {
      if (other.get() == &node) continue;
      node.Command({"CLUSTER", "MEET", "127.0.0.1", std::to_string(other->port())});
    }
  }
  // A replica of the node, with everything that it has.
  std::unique_ptr<RedisServer> ReplicaOf(RedisServer& node) {
    auto replica = std::make_unique<RedisServer>(
        Strings{"--cluster-enabled", "yes", "--cluster-node-timeout", "1000"});
    Meet(*replica);
    const std::string id = node.Command({"CLUSTER", "MYID"});
    while (replica->Command({"CLUSTER", "REPLICATE", id}) != "OK") {
    }
    EXPECT_NE(replica->WaitForLine("MASTER <-> REPLICA sync: Finished with success"), "");
    while (!AllKnow(*replica, id)) {
    }
    return replica;
  }
  // The primaries elect their successors: they must have heard of the replica.
  bool AllKnow(RedisServer& replica, const std::string& primary_id) {
    const std::string id = replica.Command({"CLUSTER", "MYID"});
    for (auto& node : nodes_) {
      const std::string nodes = node->Command({"CLUSTER", "NODES"});
      const size_t begin = nodes.find(id);
      if (begin == std::string::npos) return false;
      const std::string line = nodes.substr(begin, nodes.find('\n', begin) - begin);
      if (line.find(" slave " + primary_id) == std::string::npos) return false;
    }
    return true;
  }

  RedisOptions Options() {
    RedisOptions options;
    options.mode = RedisOptions::Mode::kCluster;
    for (auto& node : nodes_) {
      options.endpoints.push_back({"127.0.0.1", static_cast<uint16_t>(node->port()), ""});
    }
    return options;
  }
  std::string Get(ClusterClient& client, const std::string& key) {
    const auto reply = Run(client.Call(Command({"GET", key})));
    return reply.ok() ? reply->text : std::string(reply.status().message());
  }

  std::vector<std::unique_ptr<RedisServer>> nodes_;
};

TEST_F(ClusterFailoverTest, AKilledPrimaryIsReplacedAndTheOthersDoNotNotice) {
  StartNodes();
  // "foo" lies in slot 12182, "bar" in 5061.
  const auto replica = ReplicaOf(*nodes_[2]);
  ClusterClient client(loop_, Options(), 1);
  SetUntilOk(client, "foo", "1");
  EXPECT_TRUE(Run(client.AwaitReplicas("foo", 1, In(absl::Seconds(10)))).ok());
  nodes_[2]->Kill();
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
  RedisServer& from = *nodes_[2];
  RedisServer& to = *nodes_[0];
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
    nodes_[i]->Command({"PUBLISH", "changes", std::to_string(i)});
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
  EXPECT_EQ(nodes_[2]->Command({"GET", "foo"}), "1");
}

}  // namespace
}  // namespace tokenbroker

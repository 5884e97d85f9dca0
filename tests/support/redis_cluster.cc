#include "tests/support/redis_cluster.h"

#include <gtest/gtest.h>

namespace tokenbroker {
namespace {

using Strings = std::vector<std::string>;

const Strings kArguments = {"--cluster-enabled",          "yes", "--cluster-node-timeout", "1000",
                            "--repl-diskless-sync-delay", "0"};

}  // namespace

RedisCluster::RedisCluster(const Strings& more, RedisServer::Port kind) {
  Strings arguments = kArguments;
  arguments.insert(arguments.end(), more.begin(), more.end());
  for (int i = 0; i < 3; ++i) primaries_.push_back(std::make_unique<RedisServer>(arguments, kind));
  const Strings thirds = {"0", "5460", "5461", "10922", "10923", "16383"};
  for (size_t i = 0; i < 3; ++i) {
    primaries_[i]->Command({"CLUSTER", "ADDSLOTSRANGE", thirds[2 * i], thirds[2 * i + 1]});
    Meet(*primaries_[i]);
  }
  for (auto& node : primaries_) EXPECT_NE(node->WaitForLine("Cluster state changed: ok"), "");
}

std::string RedisCluster::uri() const {
  std::string hosts;
  for (const auto& node : primaries_) {
    hosts += (hosts.empty() ? "127.0.0.1:" : ",127.0.0.1:") + std::to_string(node->port());
  }
  return "redis+cluster://" + hosts;
}

void RedisCluster::Meet(RedisServer& node) {
  for (auto& other : primaries_) {
    if (other.get() == &node) continue;
    node.Command({"CLUSTER", "MEET", "127.0.0.1", std::to_string(other->port())});
  }
}

std::unique_ptr<RedisServer> RedisCluster::ReplicaOf(RedisServer& primary) {
  auto replica = std::make_unique<RedisServer>(kArguments);
  Meet(*replica);
  const std::string id = primary.Command({"CLUSTER", "MYID"});
  while (replica->Command({"CLUSTER", "REPLICATE", id}) != "OK") {
  }
  EXPECT_NE(replica->WaitForLine("MASTER <-> REPLICA sync: Finished with success"), "");
  while (!AllKnow(*replica, id)) {
  }
  return replica;
}

bool RedisCluster::AllKnow(RedisServer& replica, const std::string& primary_id) {
  const std::string id = replica.Command({"CLUSTER", "MYID"});
  for (auto& node : primaries_) {
    const std::string nodes = node->Command({"CLUSTER", "NODES"});
    const size_t begin = nodes.find(id);
    if (begin == std::string::npos) return false;
    const std::string line = nodes.substr(begin, nodes.find('\n', begin) - begin);
    if (line.find(" slave " + primary_id) == std::string::npos) return false;
  }
  return true;
}

}  // namespace tokenbroker

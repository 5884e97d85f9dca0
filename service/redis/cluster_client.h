// The client of a Redis Cluster: each call goes to the primary of its key's slot, one connection to
// each primary.
#pragma once

#include <absl/container/flat_hash_map.h>
#include <absl/types/optional.h>

#include <memory>
#include <string>

#include "redis/cluster_topology.h"
#include "redis/connection.h"
#include "redis/redis_client.h"
#include "redis/replica_barrier.h"
#include "redis/request.h"
#include "redis/server_change.h"
#include "redis/subscription.h"

namespace tokenbroker {

// What the cluster did not execute (MOVED, ASK, TRYAGAIN, CLUSTERDOWN, a node that cannot be
// reached) is tried again until the deadline; what it may have executed is not.
class ClusterClient : public RedisClient {
 public:
  // Connects when it is first called. `loop` must outlive the client. REQUIRES: Mode::kCluster.
  ClusterClient(Loop& loop, RedisOptions options, uint64_t jitter_seed);

  Task<absl::StatusOr<RedisReply>> Call(RedisCommand command) override;
  Task<absl::StatusOr<RedisReply>> Run(ScriptCall call) override;
  // `barrier_key` in the slot of what was written: a primary that has taken the slot over since
  // then proves nothing.
  Task<absl::Status> AwaitReplicas(std::string barrier_key, int replicas,
                                   SteadyTime deadline) override;
  std::string PrimaryOf(absl::string_view key) override;
  // At any node: a cluster passes messages on to all of them.
  void Subscribe(std::string channel, ChannelListener* listener) override;
  void Resubscribe() override;

  // How many calls, and attempts to connect, wait for a server. Zero: only time can change
  // anything.
  size_t pending() const;

 private:
  struct Node;
  struct Journey;
  using NodePtr = std::shared_ptr<Node>;

  Task<absl::StatusOr<RedisReply>> Send(std::shared_ptr<const RedisRequest> request);
  Task<absl::optional<absl::StatusOr<RedisReply>>> Step(Journey* journey);
  // Which server the journey's call is about to reach, as its script is told.
  std::string Meet(const Journey& journey, const std::string& run_id);
  absl::optional<absl::StatusOr<RedisReply>> Digest(Journey* journey, const Node& node,
                                                    RedisReply reply);
  Task<void> Pause(Journey* journey);
  // Null while nobody is known to be the slot's primary. Without a slot: any primary.
  NodePtr PrimaryNode(absl::optional<int> slot);
  NodePtr NodeAt(const RedisEndpoint& endpoint);
  void ForgetOldNodes();
  RedisConnection::Options For(std::string purpose);

  Loop& loop_;
  const RedisOptions options_;
  uint64_t next_seed_;
  const std::shared_ptr<ClusterTopology> topology_;
  // By endpoint. Calls under way hold theirs.
  absl::flat_hash_map<std::string, NodePtr> nodes_;
  int64_t nodes_version_ = 0;
  size_t next_primary_ = 0;
  // By slot: the run_id of the server that answered last.
  absl::flat_hash_map<int, std::string> answered_by_;
  // By slot.
  absl::flat_hash_map<int, ServerChange> servers_;
  std::unique_ptr<RedisSubscription> subscription_;
};

}  // namespace tokenbroker

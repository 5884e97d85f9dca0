// The client of one server: a lone Redis, or the primary that sentinels name.
#pragma once

#include <memory>
#include <string>

#include "redis/connection.h"
#include "redis/redis_client.h"
#include "redis/replica_barrier.h"
#include "redis/request.h"
#include "redis/sentinel_watch.h"
#include "redis/server_change.h"
#include "redis/subscription.h"

namespace tokenbroker {

class DirectClient : public RedisClient {
 public:
  // Connects when it is first called. `loop` must outlive the client. REQUIRES: not
  // Mode::kCluster.
  DirectClient(Loop& loop, RedisOptions options, uint64_t jitter_seed);

  Task<absl::StatusOr<RedisReply>> Call(RedisCommand command) override;
  Task<absl::StatusOr<RedisReply>> Run(ScriptCall call) override;
  Task<absl::Status> AwaitReplicas(std::string barrier_key, int replicas,
                                   SteadyTime deadline) override;
  // The endpoint; with sentinels that of the primary that was connected to last.
  std::string PrimaryOf(absl::string_view key) override;
  void Subscribe(std::string channel, ChannelListener* listener) override;
  void Resubscribe() override;

  // How many calls, and attempts to connect, wait for a server. Zero: only time can change
  // anything.
  size_t pending() const;

 private:
  RedisConnection::Options For(std::string purpose);
  Task<absl::StatusOr<RedisReply>> Send(std::shared_ptr<const RedisRequest> request);
  void WatchSentinels();
  // Asks the sentinels whether the primary is another server.
  void LookForPrimary();
  // The primary may be another server.
  void Renew();

  Loop& loop_;
  const RedisOptions options_;
  uint64_t next_seed_;
  // Null for a lone server.
  const std::shared_ptr<SentinelFinder> sentinels_;
  const std::shared_ptr<EndpointFinder> finder_;
  RedisConnection connection_;
  // The run_id of the server that answered last: it need not be the one that is connected to.
  std::string answered_by_;
  ServerChange server_;
  ReplicaBarrier barrier_;
  std::unique_ptr<RedisSubscription> subscription_;
  std::unique_ptr<SentinelWatch> watch_;
};

}  // namespace tokenbroker

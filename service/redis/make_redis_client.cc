#include "redis/make_redis_client.h"

#include <utility>

#include "redis/cluster_client.h"
#include "redis/direct_client.h"

namespace tokenbroker {

std::unique_ptr<RedisClient> MakeRedisClient(Loop& loop, RedisOptions options,
                                             uint64_t jitter_seed) {
  if (options.mode == RedisOptions::Mode::kCluster) {
    return std::make_unique<ClusterClient>(loop, std::move(options), jitter_seed);
  }
  return std::make_unique<DirectClient>(loop, std::move(options), jitter_seed);
}

}  // namespace tokenbroker

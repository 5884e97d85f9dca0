// The client for a configuration.
#pragma once

#include <memory>

#include "io/loop.h"
#include "redis/redis_client.h"
#include "redis/redis_options.h"

namespace tokenbroker {

// `loop` must outlive the client. The seed makes replicas' pauses differ. REQUIRES: an endpoint.
std::unique_ptr<RedisClient> MakeRedisClient(Loop& loop, RedisOptions options,
                                             uint64_t jitter_seed);

}  // namespace tokenbroker

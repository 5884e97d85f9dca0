// From the configuration of the store in Redis to a client of it.
#pragma once

#include <cstdint>
#include <memory>

#include "config/redis_store_config.h"
#include "io/loop.h"
#include "redis/redis_client.h"
#include "redis/redis_options.h"

namespace tokenbroker {

// The password files and the TLS files are read anew whenever a connection is made. Any thread.
RedisOptions ToRedisOptions(const RedisStoreConfig& config);

// The client for the mode that the configuration names. `loop`, and what `meters` are of, must
// outlive it.
std::unique_ptr<RedisClient> MakeRedisClient(Loop& loop, const RedisStoreConfig& config,
                                             uint64_t jitter_seed, RedisMeters meters = {});

}  // namespace tokenbroker

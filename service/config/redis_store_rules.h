// From the `store.redis` section to its RedisStoreConfig. Any thread.
#pragma once

#include <absl/status/status.h>
#include <tokenbroker/config/v1/config.pb.h>

#include <string>

#include "config/config_errors.h"
#include "config/redis_store_config.h"

namespace tokenbroker {

// Adds to `errors` whatever is missing, wrong or contradictory; the result means something only
// when that was nothing. Relative paths count from `folder`, which is empty or ends in '/'. Looks
// at no file: a keyring that breaks later must not hold up the reload of providers.
RedisStoreConfig BuildRedisStore(const config::v1::RedisStore& redis, const std::string& folder,
                                 ConfigErrors& errors);

// What is wrong with the files that the section names, one a line; INVALID_ARGUMENT. For the start
// and for --check. Blocks.
absl::Status CheckRedisFiles(const RedisStoreConfig& redis);

}  // namespace tokenbroker

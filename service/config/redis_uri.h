// How the configuration names a Redis:
//
//   redis://[user@]host[:6379][/database]                       one server
//   unix://[user@]/path[?db=database]                           one on this machine
//   redis+sentinel://[user@]host[:26379],.../master[/database]  behind sentinels
//   redis+cluster://[user@]host[:6379],...                      a cluster
//
// rediss, rediss+sentinel and rediss+cluster are the same over TLS. An IPv6 address stands in
// brackets, `@`, `:` and `/` in a user's name are percent-encoded. Pure functions; any thread.
#pragma once

#include <absl/status/statusor.h>
#include <absl/strings/string_view.h>

#include <string>

#include "config/redis_store_config.h"

namespace tokenbroker {

// INVALID_ARGUMENT whose message is what is wrong and the fix, without the value: people put
// passwords into such URIs, which is refused.
absl::StatusOr<RedisUri> ParseRedisUri(absl::string_view text);

// As somebody would write it, for people to read.
std::string RedisUriText(const RedisUri& uri);

}  // namespace tokenbroker

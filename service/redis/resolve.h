// The addresses behind an endpoint's name.
#pragma once

#include <absl/status/statusor.h>

#include <boost/asio/generic/stream_protocol.hpp>
#include <vector>

#include "io/loop.h"
#include "redis/redis_options.h"

namespace tokenbroker {

using StreamAddress = boost::asio::generic::stream_protocol::endpoint;

// Loop thread only; `loop` outlives the call. IP addresses and unix sockets at once, names by the
// system's resolver, which is asked once for all who want the same name at the same time.
// UNAVAILABLE when there is none, or at the deadline.
Task<absl::StatusOr<std::vector<StreamAddress>>> Resolve(Loop* loop, RedisEndpoint endpoint,
                                                         SteadyTime deadline);

}  // namespace tokenbroker

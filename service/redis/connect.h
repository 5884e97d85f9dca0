// A session with a server: connected, greeted, ready for commands.
#pragma once

#include <absl/status/statusor.h>

#include <memory>

#include "redis/handshake.h"

namespace tokenbroker {

struct ConnectOptions {
  absl::optional<RedisTls> tls;
  HandshakeOptions handshake;
  absl::Duration timeout;
  RedisSession::Limits limits;

  static ConnectOptions ForServers(const RedisOptions& options);
  static ConnectOptions ForSentinels(const RedisOptions& options);
};

// Loop thread only; `loop` outlives the call and the session.
Task<absl::StatusOr<std::shared_ptr<RedisSession>>> Connect(Loop* loop, RedisEndpoint endpoint,
                                                            ConnectOptions options,
                                                            SteadyTime deadline);

}  // namespace tokenbroker

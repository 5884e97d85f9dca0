#include "redis/connect.h"

#include <absl/strings/str_cat.h>

#include <utility>

#include "base/status_macros.h"

namespace tokenbroker {

std::string ToString(const RedisEndpoint& endpoint) {
  if (!endpoint.unix_path.empty()) return endpoint.unix_path;
  return absl::StrCat(endpoint.host, ":", endpoint.port);
}

ConnectOptions ConnectOptions::ForServers(const RedisOptions& options) {
  ConnectOptions connect = ForSentinels(options);
  connect.handshake.user = options.user;
  connect.handshake.password = options.password;
  connect.handshake.database = options.database;
  return connect;
}

ConnectOptions ConnectOptions::ForSentinels(const RedisOptions& options) {
  ConnectOptions connect;
  connect.tls = options.tls;
  connect.handshake.user = options.sentinel_user;
  connect.handshake.password = options.sentinel_password;
  connect.timeout = options.connect_timeout;
  connect.limits.max_unanswered_bytes = options.max_unanswered_bytes;
  connect.limits.max_silence = options.max_silence;
  return connect;
}

Task<absl::StatusOr<std::shared_ptr<RedisSession>>> Connect(Loop* loop, RedisEndpoint endpoint,
                                                            ConnectOptions options,
                                                            SteadyTime deadline) {
  auto stream =
      co_await RedisStream::Open(loop, std::move(endpoint), std::move(options.tls), deadline);
  TB_CO_RETURN_IF_ERROR(stream.status());
  auto session = RedisSession::Start(*loop, *std::move(stream), options.limits);
  const absl::Status greeted = co_await ShakeHands(session, std::move(options.handshake), deadline);
  if (greeted.ok()) co_return session;
  session->Close(greeted);
  co_return greeted;
}

}  // namespace tokenbroker

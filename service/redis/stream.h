// The bytes to and from one server, by TCP, TLS or a unix socket.
#pragma once

#include <absl/status/statusor.h>

#include <memory>
#include <string>

#include "io/loop.h"
#include "redis/redis_options.h"
#include "redis/resolve.h"
#include "redis/tls_stream.h"

namespace tokenbroker {

// Loop thread only; `loop` outlives it. One read and one write at a time. Every failure is
// UNAVAILABLE and final.
class RedisStream {
 public:
  explicit RedisStream(Loop& loop);
  RedisStream(const RedisStream&) = delete;
  RedisStream& operator=(const RedisStream&) = delete;

  // A connected stream. Tries the name's addresses in turn. Unix sockets need no TLS and get none.
  static Task<absl::StatusOr<std::shared_ptr<RedisStream>>> Open(Loop* loop, RedisEndpoint endpoint,
                                                                 absl::optional<RedisTls> tls,
                                                                 SteadyTime deadline);

  // At least one byte, into a buffer that outlives the call.
  Task<absl::StatusOr<size_t>> ReadSome(char* buffer, size_t size);
  Task<absl::Status> Write(std::string bytes);
  // What is under way fails. Idempotent.
  void Close();

 private:
  static Task<absl::Status> Connect(std::shared_ptr<RedisStream> self, RedisEndpoint endpoint,
                                    absl::optional<RedisTls> tls, SteadyTime deadline);
  Task<absl::Status> ConnectToAny(RedisEndpoint endpoint, SteadyTime deadline);
  Task<absl::Status> ConnectTo(StreamAddress address);
  Task<absl::Status> Encrypt(RedisTls tls, std::string host);

  Loop& loop_;
  StreamSocket socket_;
  // Null for plain bytes.
  std::unique_ptr<TlsStream> tls_;
  bool closed_ = false;
};

}  // namespace tokenbroker

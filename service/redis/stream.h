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

  // A connected stream. Tries the name's addresses in turn, none of them for longer than its share
  // of the time. Unix sockets need no TLS and get none.
  static Task<absl::StatusOr<std::shared_ptr<RedisStream>>> Open(Loop* loop, RedisEndpoint endpoint,
                                                                 absl::optional<RedisTls> tls,
                                                                 SteadyTime deadline);

  // Connects `self`, without TLS, to the first of the addresses that takes it.
  static Task<absl::Status> ConnectToAny(std::shared_ptr<RedisStream> self,
                                         std::vector<StreamAddress> addresses, SteadyTime deadline);

  // At least one byte, into a buffer that outlives the call.
  Task<absl::StatusOr<size_t>> ReadSome(char* buffer, size_t size);
  Task<absl::Status> Write(std::string bytes);
  // What is under way fails. Idempotent.
  void Close();

 private:
  static Task<absl::Status> Connect(std::shared_ptr<RedisStream> self, RedisEndpoint endpoint,
                                    absl::optional<RedisTls> tls, SteadyTime deadline);
  static Task<absl::Status> ConnectTo(std::shared_ptr<RedisStream> self, StreamAddress address,
                                      SteadyTime deadline);
  Task<absl::Status> Encrypt(RedisTls tls, std::string host);

  Loop& loop_;
  StreamSocket socket_;
  // Null for plain bytes.
  std::unique_ptr<TlsStream> tls_;
  bool closed_ = false;
};

}  // namespace tokenbroker

// TLS over a stream socket, as a client: which authorities, which certificate, whose name.
#pragma once

#include <absl/status/statusor.h>

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <memory>
#include <string>

#include "redis/redis_options.h"

namespace tokenbroker {

using StreamSocket = boost::asio::generic::stream_protocol::socket;

// Loop thread only, as the socket.
struct TlsStream {
  TlsStream(boost::asio::ssl::context with, StreamSocket& socket)
      : context(std::move(with)), stream(socket, context) {}
  boost::asio::ssl::context context;
  boost::asio::ssl::stream<StreamSocket&> stream;
};

// Reads the files of `tls`. `socket` outlives it; `host` is what the server must prove to be,
// unless `tls` says otherwise. TLS 1.2 or later. UNAVAILABLE names the file that cannot be used.
absl::StatusOr<std::unique_ptr<TlsStream>> MakeTlsStream(const RedisTls& tls,
                                                         const std::string& host,
                                                         StreamSocket& socket);

}  // namespace tokenbroker

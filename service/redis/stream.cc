#include "redis/stream.h"

#include <openssl/crypto.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <tuple>
#include <utility>

#include "base/status_macros.h"
#include "io/use_task.h"

namespace tokenbroker {

namespace asio = boost::asio;

namespace {

// What a socket says of an option or of its end, where nothing can be done about it.
void Ignore(const boost::system::error_code& /*error*/) {}

absl::Status ToStatus(const boost::system::error_code& error) {
  if (!error) return absl::OkStatus();
  return absl::UnavailableError(error.message());
}

template <typename Stream>
Task<absl::StatusOr<size_t>> ReadFrom(Stream* stream, asio::mutable_buffer into) {
  const auto read = co_await stream->async_read_some(into, kUseTask);
  TB_CO_RETURN_IF_ERROR(ToStatus(std::get<0>(read)));
  co_return std::get<1>(read);
}

template <typename Stream>
Task<absl::Status> WriteTo(Stream* stream, asio::const_buffer from) {
  const auto written = co_await asio::async_write(*stream, from, kUseTask);
  co_return ToStatus(std::get<0>(written));
}

}  // namespace

RedisStream::RedisStream(Loop& loop) : loop_(loop), socket_(loop.context()) {}

Task<absl::StatusOr<std::shared_ptr<RedisStream>>> RedisStream::Open(Loop* loop,
                                                                     RedisEndpoint endpoint,
                                                                     absl::optional<RedisTls> tls,
                                                                     SteadyTime deadline) {
  auto stream = std::make_shared<RedisStream>(*loop);
  const Loop::TimerId timer = loop->CallAt(deadline, [stream] { stream->Close(); });
  const absl::Status connected =
      co_await Connect(stream, std::move(endpoint), std::move(tls), deadline);
  loop->Cancel(timer);
  // The timer may have fired just when the connection stood.
  if (stream->closed_) co_return absl::UnavailableError("connecting took too long");
  TB_CO_RETURN_IF_ERROR(connected);
  co_return stream;
}

Task<absl::Status> RedisStream::Connect(std::shared_ptr<RedisStream> self, RedisEndpoint endpoint,
                                        absl::optional<RedisTls> tls, SteadyTime deadline) {
  auto addresses = co_await Resolve(&self->loop_, endpoint, deadline);
  TB_CO_RETURN_IF_ERROR(addresses.status());
  const absl::Status connected = co_await ConnectToAny(self, *std::move(addresses), deadline);
  if (!connected.ok() || !tls || !endpoint.unix_path.empty()) co_return connected;
  co_return co_await self->Encrypt(*std::move(tls), std::move(endpoint.host));
}

Task<absl::Status> RedisStream::ConnectToAny(std::shared_ptr<RedisStream> self,
                                             std::vector<StreamAddress> addresses,
                                             SteadyTime deadline) {
  absl::Status connected = absl::UnavailableError("the name has no address");
  auto left = static_cast<int64_t>(addresses.size());
  for (const StreamAddress& address : addresses) {
    if (self->closed_) break;
    // One that swallows everything must not use up the time of the others.
    const SteadyTime now = self->loop_.clock().SteadyNow();
    const SteadyTime share = now + (deadline - now) / left--;
    connected = co_await ConnectTo(self, address, share);
    if (connected.ok()) break;
  }
  co_return connected;
}

Task<absl::Status> RedisStream::ConnectTo(std::shared_ptr<RedisStream> self, StreamAddress address,
                                          SteadyTime deadline) {
  StreamSocket& socket = self->socket_;
  boost::system::error_code ignored;
  Ignore(socket.close(ignored));
  const Loop::TimerId timer = self->loop_.CallAt(deadline, [self] {
    boost::system::error_code none;
    Ignore(self->socket_.close(none));
  });
  const auto connected = co_await socket.async_connect(address, kUseTask);
  self->loop_.Cancel(timer);
  // No effect on unix sockets.
  Ignore(socket.set_option(asio::ip::tcp::no_delay(true), ignored));
  Ignore(socket.set_option(asio::socket_base::keep_alive(true), ignored));
  // It may have fired just when the connection stood.
  if (!socket.is_open()) co_return absl::UnavailableError("connecting took too long");
  co_return ToStatus(std::get<0>(connected));
}

Task<absl::Status> RedisStream::Encrypt(RedisTls tls, std::string host) {
  TB_CO_ASSIGN_OR_RETURN(tls_, MakeTlsStream(tls, host, socket_));
  const auto shaken =
      co_await tls_->stream.async_handshake(asio::ssl::stream_base::client, kUseTask);
  co_return ToStatus(std::get<0>(shaken));
}

Task<absl::StatusOr<size_t>> RedisStream::ReadSome(char* buffer, size_t size) {
  const asio::mutable_buffer into(buffer, size);
  if (tls_ == nullptr) co_return co_await ReadFrom(&socket_, into);
  co_return co_await ReadFrom(&tls_->stream, into);
}

Task<absl::Status> RedisStream::Write(std::string bytes) {
  const asio::const_buffer from(bytes.data(), bytes.size());
  absl::Status written;
  if (tls_ == nullptr) {
    written = co_await WriteTo(&socket_, from);
  } else {
    written = co_await WriteTo(&tls_->stream, from);
  }
  // A password may be among them.
  OPENSSL_cleanse(bytes.data(), bytes.size());
  co_return written;
}

void RedisStream::Close() {
  closed_ = true;
  boost::system::error_code ignored;
  Ignore(socket_.close(ignored));
}

}  // namespace tokenbroker

#include "redis/stream.h"

#include <openssl/crypto.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <tuple>
#include <utility>

#include "base/status_macros.h"

namespace tokenbroker {

namespace asio = boost::asio;

namespace {

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);

absl::Status ToStatus(const boost::system::error_code& error) {
  if (!error) return absl::OkStatus();
  return absl::UnavailableError(error.message());
}

template <typename Stream>
Task<absl::StatusOr<size_t>> ReadFrom(Stream* stream, asio::mutable_buffer into) {
  const auto read = co_await stream->async_read_some(into, kAwait);
  TB_CO_RETURN_IF_ERROR(ToStatus(std::get<0>(read)));
  co_return std::get<1>(read);
}

template <typename Stream>
Task<absl::Status> WriteTo(Stream* stream, asio::const_buffer from) {
  const auto written = co_await asio::async_write(*stream, from, kAwait);
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
  const absl::Status connected = co_await self->ConnectToAny(endpoint, deadline);
  if (!connected.ok() || !tls || !endpoint.unix_path.empty()) co_return connected;
  co_return co_await self->Encrypt(*std::move(tls), std::move(endpoint.host));
}

Task<absl::Status> RedisStream::ConnectToAny(RedisEndpoint endpoint, SteadyTime deadline) {
  const auto addresses = co_await Resolve(&loop_, std::move(endpoint), deadline);
  TB_CO_RETURN_IF_ERROR(addresses.status());
  absl::Status connected = absl::UnavailableError("the name has no address");
  for (const StreamAddress& address : *addresses) {
    if (closed_) break;
    connected = co_await ConnectTo(address);
    if (connected.ok()) break;
  }
  co_return connected;
}

Task<absl::Status> RedisStream::ConnectTo(StreamAddress address) {
  boost::system::error_code ignored;
  socket_.close(ignored);
  const auto connected = co_await socket_.async_connect(address, kAwait);
  // No effect on unix sockets.
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  socket_.set_option(asio::socket_base::keep_alive(true), ignored);
  co_return ToStatus(std::get<0>(connected));
}

Task<absl::Status> RedisStream::Encrypt(RedisTls tls, std::string host) {
  TB_CO_ASSIGN_OR_RETURN(tls_, MakeTlsStream(tls, host, socket_));
  const auto shaken = co_await tls_->stream.async_handshake(asio::ssl::stream_base::client, kAwait);
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
  socket_.close(ignored);
}

}  // namespace tokenbroker

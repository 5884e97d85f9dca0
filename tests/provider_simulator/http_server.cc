#include "tests/provider_simulator/http_server.h"

#include <fcntl.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <map>
#include <thread>
#include <utility>

#include "absl/strings/numbers.h"

namespace provider_simulator {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;

constexpr auto kTuple = asio::as_tuple(asio::use_awaitable);
constexpr std::uint64_t kMaxRequestBody = 8 * 1024 * 1024;

HttpRequest ToRequest(const http::request<http::string_body>& message, std::uint64_t connection,
                      bool is_reused) {
  HttpRequest request;
  request.method = std::string(message.method_string());
  const std::string target(message.target());
  const std::size_t question = target.find('?');
  request.path = target.substr(0, question);
  if (question != std::string::npos) request.query = target.substr(question + 1);
  for (const auto& field : message) {
    std::string name(field.name_string());
    for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    request.headers.emplace(std::move(name), std::string(field.value()));
  }
  request.body = message.body();
  request.connection = connection;
  request.reused_connection = is_reused;
  return request;
}

http::response<http::string_body> ToMessage(const HttpReply& reply, unsigned version,
                                            bool keep_alive) {
  http::response<http::string_body> message;
  message.version(version);
  message.result(static_cast<unsigned>(reply.status));
  for (const auto& [name, value] : reply.headers) message.insert(name, value);
  message.keep_alive(keep_alive);
  const bool has_body = reply.status >= 200 && reply.status != 204 && reply.status != 304;
  if (has_body) {
    message.body() = reply.body;
    message.content_length(message.body().size());
  }
  return message;
}

// After the peer shut down, a socket is readable and has nothing to read.
bool IsGone(tcp::socket& socket) {
  char byte = 0;
  boost::system::error_code error;
  socket.receive(asio::buffer(&byte, 1), tcp::socket::message_peek, error);
  return error && error != asio::error::would_block;
}

// A program that a test starts would hold the socket open when this server is gone.
template <typename Socket>
void KeepFromChildren(Socket& socket) {
  fcntl(socket.native_handle(), F_SETFD, FD_CLOEXEC);
}

enum class Peer { kThere, kGone };

// Lets `delay` pass, or less when the client goes away meanwhile.
asio::awaitable<Peer> Wait(tcp::socket* socket, std::chrono::nanoseconds delay) {
  using namespace asio::experimental::awaitable_operators;  // NOLINT: operator||
  asio::steady_timer timer(socket->get_executor(), delay);
  const auto first =
      co_await (timer.async_wait(kTuple) || socket->async_wait(tcp::socket::wait_read, kTuple));
  if (first.index() == 0) co_return Peer::kThere;
  if (IsGone(*socket)) co_return Peer::kGone;
  co_await timer.async_wait(kTuple);
  co_return Peer::kThere;
}

void CutConnection(tcp::socket& socket, Delivery how) {
  boost::system::error_code ignored;
  if (how == Delivery::kReset) {
    ignored = socket.set_option(asio::socket_base::linger(true, 0), ignored);
  } else {
    ignored = socket.shutdown(tcp::socket::shutdown_both, ignored);
  }
  ignored = socket.close(ignored);
}

asio::awaitable<void> ServeConnection(tcp::socket socket, HttpHandler handler, std::uint64_t id) {
  boost::beast::flat_buffer buffer;
  bool is_reused = false;
  while (true) {
    http::request_parser<http::string_body> parser;
    parser.body_limit(kMaxRequestBody);
    const auto [read_error, bytes_read] = co_await http::async_read(socket, buffer, parser, kTuple);
    if (read_error) co_return;
    const HttpReply reply = handler(ToRequest(parser.get(), id, is_reused));
    is_reused = true;

    const bool hangs = reply.delivery == Delivery::kHang;
    const absl::Duration delay = hangs ? absl::Hours(24 * 365) : reply.delay;
    if (delay > absl::ZeroDuration()) {
      const Peer peer = co_await Wait(&socket, absl::ToChronoNanoseconds(delay));
      if (peer == Peer::kGone) co_return;
    }
    if (reply.delivery != Delivery::kSend) {
      CutConnection(socket, reply.delivery);
      co_return;
    }
    auto message = ToMessage(reply, parser.get().version(), parser.get().keep_alive());
    const auto [write_error, bytes_written] = co_await http::async_write(socket, message, kTuple);
    if (write_error || !message.keep_alive()) co_return;
  }
}

// A handler that throws costs its own connection, not the server.
void IgnoreException(std::exception_ptr) {}

asio::awaitable<void> Accept(tcp::acceptor acceptor, HttpHandler handler,
                             std::uint64_t* next_connection) {
  while (true) {
    auto [error, socket] = co_await acceptor.async_accept(kTuple);
    if (error) {
      // Out of descriptors, most likely: let some close.
      asio::steady_timer pause(acceptor.get_executor(), std::chrono::milliseconds(20));
      co_await pause.async_wait(kTuple);
      continue;
    }
    KeepFromChildren(socket);
    boost::system::error_code ignored;
    ignored = socket.set_option(tcp::no_delay(true), ignored);
    const auto executor = acceptor.get_executor();
    asio::co_spawn(executor, ServeConnection(std::move(socket), handler, (*next_connection)++),
                   IgnoreException);
  }
}

absl::StatusOr<tcp::endpoint> ParseAddress(const std::string& address) {
  const std::size_t colon = address.rfind(':');
  if (colon == std::string::npos) return absl::InvalidArgumentError("address without a port");
  std::string host = address.substr(0, colon);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  }
  boost::system::error_code error;
  const auto ip = asio::ip::make_address(host, error);
  std::uint32_t port = 0;
  if (error || !absl::SimpleAtoi(address.substr(colon + 1), &port) || port > 65535) {
    return absl::InvalidArgumentError("address is not a numeric HOST:PORT");
  }
  return tcp::endpoint(ip, static_cast<std::uint16_t>(port));
}

std::string Format(const tcp::endpoint& endpoint) {
  const std::string host = endpoint.address().to_string();
  const std::string port = std::to_string(endpoint.port());
  return endpoint.address().is_v6() ? "[" + host + "]:" + port : host + ":" + port;
}

}  // namespace

struct HttpServer::Impl {
  asio::io_context context{1};
  std::uint64_t next_connection = 1;  // server thread only
  std::map<std::string, tcp::acceptor> bound;
  std::thread thread;
};

HttpServer::HttpServer() : impl_(std::make_unique<Impl>()) {}

HttpServer::~HttpServer() {
  impl_->context.stop();
  if (impl_->thread.joinable()) impl_->thread.join();
}

absl::StatusOr<std::string> HttpServer::Bind(const std::string& address) {
  const auto endpoint = ParseAddress(address);
  if (!endpoint.ok()) return endpoint.status();
  tcp::acceptor acceptor(impl_->context);
  boost::system::error_code error;
  error = acceptor.open(endpoint->protocol(), error);
  if (!error) error = acceptor.set_option(asio::socket_base::reuse_address(true), error);
  if (!error) error = acceptor.bind(*endpoint, error);
  if (!error) error = acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) return absl::UnavailableError("cannot listen on " + address + ": " + error.message());
  KeepFromChildren(acceptor);
  std::string name = Format(acceptor.local_endpoint());
  impl_->bound.emplace(name, std::move(acceptor));
  return name;
}

void HttpServer::Serve(const std::string& bound, HttpHandler handler) {
  auto node = impl_->bound.extract(bound);
  asio::co_spawn(impl_->context,
                 Accept(std::move(node.mapped()), std::move(handler), &impl_->next_connection),
                 IgnoreException);
}

void HttpServer::Start() {
  impl_->thread = std::thread([this] { impl_->context.run(); });
}

}  // namespace provider_simulator

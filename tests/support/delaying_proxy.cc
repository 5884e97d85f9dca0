#include "tests/support/delaying_proxy.h"

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <deque>
#include <string>
#include <tuple>
#include <utility>

#include "tests/support/redis_server.h"

namespace tokenbroker {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);
const tcp::endpoint::protocol_type kProtocol = tcp::v4();

tcp::endpoint Local(int port) {
  return {asio::ip::address_v4::loopback(), static_cast<uint16_t>(port)};
}

}  // namespace

// One direction of one connection. Both hold both sockets, and end together.
struct DelayingProxy::Link {
  Link(std::shared_ptr<Socket> source, std::shared_ptr<Socket> target,
       std::atomic<int64_t>& how_late)
      : from(std::move(source)),
        to(std::move(target)),
        delay_us(how_late),
        wake(from->get_executor(), asio::steady_timer::time_point::max()) {}

  void End() {
    boost::system::error_code ignored;
    std::ignore = from->close(ignored);
    std::ignore = to->close(ignored);
    ended = true;
    wake.cancel();
  }

  struct Chunk {
    std::chrono::steady_clock::time_point due;
    std::string bytes;
  };
  const std::shared_ptr<Socket> from;
  const std::shared_ptr<Socket> to;
  std::atomic<int64_t>& delay_us;
  std::deque<Chunk> chunks;
  asio::steady_timer wake;
  bool ended = false;
};

DelayingProxy::DelayingProxy(int server_port)
    : acceptor_(context_, kProtocol), server_port_(server_port), port_(FreePort()) {
  acceptor_.set_option(tcp::acceptor::reuse_address(true));
  acceptor_.bind(Local(port_));
  acceptor_.listen();
  asio::co_spawn(context_, Accept(), asio::detached);
  thread_ = std::thread([this] { context_.run(); });
}

DelayingProxy::~DelayingProxy() {
  context_.stop();
  thread_.join();
}

asio::awaitable<void> DelayingProxy::Accept() {
  for (;;) {
    auto [error, accepted] = co_await acceptor_.async_accept(kAwait);
    if (error) co_return;
    const auto client = std::make_shared<Socket>(std::move(accepted));
    const auto server = std::make_shared<Socket>(context_);
    const auto connected = co_await server->async_connect(Local(server_port_), kAwait);
    if (std::get<0>(connected)) continue;
    for (const auto& [from, to] : {std::pair(client, server), std::pair(server, client)}) {
      const auto link = std::make_shared<Link>(from, to, delay_us_);
      asio::co_spawn(context_, Read(link), asio::detached);
      asio::co_spawn(context_, Write(link), asio::detached);
    }
  }
}

asio::awaitable<void> DelayingProxy::Read(std::shared_ptr<Link> link) {
  std::array<char, 16384> buffer;
  while (!link->ended) {
    const auto [error, size] = co_await link->from->async_read_some(asio::buffer(buffer), kAwait);
    if (error) break;
    const auto due =
        std::chrono::steady_clock::now() + std::chrono::microseconds(link->delay_us.load());
    link->chunks.push_back({due, std::string(buffer.data(), size)});
    link->wake.cancel();
  }
  link->End();
}

asio::awaitable<void> DelayingProxy::Write(std::shared_ptr<Link> link) {
  while (!link->ended) {
    if (link->chunks.empty()) {
      link->wake.expires_at(asio::steady_timer::time_point::max());
    } else {
      link->wake.expires_at(link->chunks.front().due);
    }
    co_await link->wake.async_wait(kAwait);
    if (link->chunks.empty() || link->chunks.front().due > std::chrono::steady_clock::now()) {
      continue;
    }
    const std::string bytes = std::move(link->chunks.front().bytes);
    link->chunks.pop_front();
    const auto written = co_await asio::async_write(*link->to, asio::buffer(bytes), kAwait);
    if (std::get<0>(written)) break;
  }
  link->End();
}

}  // namespace tokenbroker

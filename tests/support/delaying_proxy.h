// A TCP proxy between a client and a server of this machine, that can be slow.
#pragma once

#include <absl/time/time.h>

#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <memory>
#include <thread>

namespace tokenbroker {

// Any thread. It ends its connections when it goes.
class DelayingProxy {
 public:
  // Listens on a free port of 127.0.0.1.
  explicit DelayingProxy(int server_port);
  ~DelayingProxy();
  DelayingProxy(const DelayingProxy&) = delete;
  DelayingProxy& operator=(const DelayingProxy&) = delete;

  int port() const { return port_; }
  // What comes from now on, in either direction, is passed on so much later.
  void SetDelay(absl::Duration delay) { delay_us_ = absl::ToInt64Microseconds(delay); }

 private:
  struct Link;
  using Socket = boost::asio::ip::tcp::socket;
  boost::asio::awaitable<void> Accept();
  static boost::asio::awaitable<void> Read(std::shared_ptr<Link> link);
  static boost::asio::awaitable<void> Write(std::shared_ptr<Link> link);

  boost::asio::io_context context_;
  boost::asio::ip::tcp::acceptor acceptor_;
  const int server_port_;
  const int port_;
  std::atomic<int64_t> delay_us_{0};
  std::thread thread_;
};

}  // namespace tokenbroker

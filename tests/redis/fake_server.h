// A server on the test's own loop that answers what the test says: for what real servers do rarely.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "io/loop.h"
#include "redis/redis_options.h"

namespace tokenbroker {

// Loop thread only. Going, it closes its listener and its connections.
class FakeServer {
 public:
  // The bytes to answer a command with; empty: none.
  using Script = std::function<std::string(const std::vector<std::string>& words)>;

  FakeServer(Loop& loop, Script script);
  ~FakeServer();
  FakeServer(const FakeServer&) = delete;
  FakeServer& operator=(const FakeServer&) = delete;

  RedisEndpoint endpoint() const;
  int port() const { return endpoint().port; }
  // Every command that came, its words separated by spaces.
  const std::vector<std::string>& seen() const;
  size_t connections() const;
  void CloseConnections();
  // To all that are connected, unasked.
  void Send(const std::string& bytes);

 private:
  struct State;
  static Task<void> Accept(std::shared_ptr<State> state);
  static Task<void> Serve(std::shared_ptr<State> state, size_t number);

  const std::shared_ptr<State> state_;
};

// What a server that is a primary says to the handshake; empty for other commands.
std::string Greet(const std::vector<std::string>& words, const std::string& run_id = "fake");
std::string Bulk(const std::string& text);
std::string Array(const std::vector<std::string>& encoded);

}  // namespace tokenbroker

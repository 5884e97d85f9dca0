// An HTTP server of raw sockets on 127.0.0.1 that does what the test says, wrong things included.
#pragma once

#include <openssl/ssl.h>

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace tokenbroker {

// What the server does about one request: writes `bytes` as they are, then goes on.
struct Reply {
  enum class Then { kKeep, kClose, kReset, kHang };
  std::string bytes;
  Then then = Then::kKeep;
};

// "HTTP/1.1 200 OK" with Content-Length and `body`.
Reply Ok(const std::string& body = "ok");

// A request as it arrived: the head up to the empty line, and as much body as Content-Length says.
struct SeenRequest {
  // 1 for the first connection that was accepted.
  int connection = 0;
  // How many requests this connection brought, this one included.
  int on_connection = 0;
  std::string head;
  std::string body;
};

// Any thread. Its destructor cuts every connection and joins its threads.
class LoopbackServer {
 public:
  // Called on a connection's thread for each request.
  using Script = std::function<Reply(const SeenRequest&)>;

  explicit LoopbackServer(Script script, SSL_CTX* tls = nullptr);
  ~LoopbackServer();
  LoopbackServer(const LoopbackServer&) = delete;
  LoopbackServer& operator=(const LoopbackServer&) = delete;

  int port() const { return port_; }
  std::string Url(const std::string& path = "/") const;
  std::vector<SeenRequest> seen() const;
  int connections() const;
  // Of those, how many the server has not closed.
  int open_connections() const;

 private:
  class Connection;
  void Accept();
  void Serve(int fd, int number);

  const Script script_;
  SSL_CTX* const tls_;
  int listener_ = -1;
  int port_ = 0;
  mutable std::mutex mutex_;
  std::condition_variable stopped_;
  bool stopping_ = false;
  std::vector<int> sockets_;
  std::vector<SeenRequest> seen_;
  std::vector<std::thread> threads_;
  std::thread acceptor_;
};

}  // namespace tokenbroker

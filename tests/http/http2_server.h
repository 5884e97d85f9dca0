// An HTTP/2 server over TLS on 127.0.0.1 that does what the test says. It speaks just enough of RFC
// 9113 for small requests: it reads no request headers, and every answer is a 200 with "ok".
#pragma once

#include <openssl/ssl.h>

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace tokenbroker {

// A request that has arrived whole.
struct Http2Request {
  // 1 for the first connection that was accepted.
  int connection = 0;
  // How many requests this connection brought, this one included.
  int on_connection = 0;
  std::string body;
};

enum class Http2Reply {
  kAnswer,
  kIgnore,  // No answer, ever; the connection goes on.
  kRefuse,  // RST_STREAM with REFUSED_STREAM: "not processed, send it again".
  kGoAway,  // GOAWAY that names only the requests before this one, then the end.
  kCut,     // The connection ends without a word.
};

// Any thread. Its destructor cuts every connection and joins its threads.
class Http2Server {
 public:
  // Called on a connection's thread for each request.
  using Script = std::function<Http2Reply(const Http2Request&)>;

  // `tls` shows the certificate; its ALPN is set to h2.
  Http2Server(Script script, SSL_CTX* tls);
  ~Http2Server();
  Http2Server(const Http2Server&) = delete;
  Http2Server& operator=(const Http2Server&) = delete;

  std::string Url() const { return "https://127.0.0.1:" + std::to_string(port_) + "/"; }
  std::vector<Http2Request> seen() const;

 private:
  class Connection;
  void Accept();
  void Serve(int fd, int number);

  const Script script_;
  SSL_CTX* const tls_;
  const int listener_;
  int port_ = 0;
  mutable std::mutex mutex_;
  bool stopping_ = false;
  std::vector<int> sockets_;
  std::vector<Http2Request> seen_;
  std::vector<std::thread> threads_;
  std::thread acceptor_;
};

}  // namespace tokenbroker

#include "tests/http/loopback_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <memory>

namespace tokenbroker {

Reply Ok(const std::string& body) {
  return {"HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body};
}

// Reads and writes one socket, by TLS or plainly.
class LoopbackServer::Connection {
 public:
  Connection(int fd, SSL_CTX* tls) : fd_(fd), ssl_(tls == nullptr ? nullptr : SSL_new(tls)) {
    if (ssl_ != nullptr) SSL_set_fd(ssl_.get(), fd);
  }
  bool Handshake() { return ssl_ == nullptr || SSL_accept(ssl_.get()) == 1; }
  // The next request; false when the peer has gone.
  bool ReadRequest(SeenRequest* request) {
    size_t head_end = 0;
    while ((head_end = buffer_.find("\r\n\r\n")) == std::string::npos) {
      if (!ReadMore()) return false;
    }
    request->head = buffer_.substr(0, head_end + 2);
    buffer_.erase(0, head_end + 4);
    const size_t at = request->head.find("Content-Length: ");
    const size_t length =
        at == std::string::npos ? 0 : std::strtoul(request->head.c_str() + at + 16, nullptr, 10);
    while (buffer_.size() < length) {
      if (!ReadMore()) return false;
    }
    request->body = buffer_.substr(0, length);
    buffer_.erase(0, length);
    return true;
  }
  void Write(const std::string& bytes) {
    for (size_t done = 0; done < bytes.size();) {
      const size_t left = bytes.size() - done;
      const auto n = ssl_ == nullptr
                         ? send(fd_, bytes.data() + done, left, MSG_NOSIGNAL)
                         : static_cast<ssize_t>(
                               SSL_write(ssl_.get(), bytes.data() + done, static_cast<int>(left)));
      if (n <= 0) return;
      done += static_cast<size_t>(n);
    }
  }

 private:
  struct SslFree {
    void operator()(SSL* ssl) const { SSL_free(ssl); }
  };
  bool ReadMore() {
    char chunk[4096];
    const auto n = ssl_ == nullptr
                       ? recv(fd_, chunk, sizeof chunk, 0)
                       : static_cast<ssize_t>(SSL_read(ssl_.get(), chunk, sizeof chunk));
    if (n <= 0) return false;
    buffer_.append(chunk, static_cast<size_t>(n));
    return true;
  }

  const int fd_;
  std::unique_ptr<SSL, SslFree> ssl_;
  std::string buffer_;
};

LoopbackServer::LoopbackServer(Script script, SSL_CTX* tls)
    : script_(std::move(script)), tls_(tls), listener_(socket(AF_INET, SOCK_STREAM, 0)) {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (bind(listener_, generic, size) != 0 || listen(listener_, 256) != 0 ||
      getsockname(listener_, generic, &size) != 0) {
    std::abort();
  }
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { Accept(); });
}

LoopbackServer::~LoopbackServer() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
    shutdown(listener_, SHUT_RDWR);
    for (const int fd : sockets_) shutdown(fd, SHUT_RDWR);
  }
  stopped_.notify_all();
  acceptor_.join();
  for (std::thread& thread : threads_) thread.join();
  close(listener_);
}

std::string LoopbackServer::Url(const std::string& path) const {
  return std::string(tls_ == nullptr ? "http" : "https") + "://127.0.0.1:" + std::to_string(port_) +
         path;
}

std::vector<SeenRequest> LoopbackServer::seen() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return seen_;
}

int LoopbackServer::connections() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return static_cast<int>(threads_.size());
}

int LoopbackServer::open_connections() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return static_cast<int>(sockets_.size());
}

void LoopbackServer::Accept() {
  for (;;) {
    const int fd = accept(listener_, nullptr, nullptr);
    if (fd < 0) return;
    const std::lock_guard<std::mutex> lock(mutex_);
    if (stopping_) {
      close(fd);
      return;
    }
    sockets_.push_back(fd);
    const int number = static_cast<int>(threads_.size()) + 1;
    threads_.emplace_back([this, fd, number] { Serve(fd, number); });
  }
}

void LoopbackServer::Serve(int fd, int number) {
  Connection connection(fd, tls_);
  SeenRequest request;
  request.connection = number;
  bool reset = false;
  if (connection.Handshake()) {
    while (connection.ReadRequest(&request)) {
      ++request.on_connection;
      {
        const std::lock_guard<std::mutex> lock(mutex_);
        seen_.push_back(request);
      }
      const Reply reply = script_(request);
      connection.Write(reply.bytes);
      if (reply.then == Reply::Then::kKeep) continue;
      reset = reply.then == Reply::Then::kReset;
      if (reply.then == Reply::Then::kHang) {
        std::unique_lock<std::mutex> lock(mutex_);
        stopped_.wait(lock, [this] { return stopping_; });
      }
      break;
    }
  }
  const std::lock_guard<std::mutex> lock(mutex_);
  const linger abrupt = {1, 0};
  if (reset) setsockopt(fd, SOL_SOCKET, SO_LINGER, &abrupt, sizeof abrupt);
  close(fd);
  std::erase(sockets_, fd);
}

}  // namespace tokenbroker

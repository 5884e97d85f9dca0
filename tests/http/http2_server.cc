#include "tests/http/http2_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>

namespace tokenbroker {
namespace {

constexpr char kPreface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
// RFC 9113 section 6.
enum FrameType : uint8_t {
  kData = 0,
  kHeaders = 1,
  kReset = 3,
  kSettings = 4,
  kPing = 6,
  kGoAway = 7
};
constexpr uint8_t kEndStream = 1;
constexpr uint8_t kAck = 1;
constexpr uint8_t kEndHeaders = 4;
constexpr char kStatus200[] = "\x88";          // RFC 7541 appendix A, index 8.
constexpr char kRefusedStream[] = "\0\0\0\7";  // RFC 9113 section 7.

struct Frame {
  uint8_t type = 0;
  uint8_t flags = 0;
  uint32_t stream = 0;
  std::string payload;
};

std::string Bytes(uint32_t value, int count) {
  std::string out;
  for (int shift = 8 * (count - 1); shift >= 0; shift -= 8) {
    out.push_back(static_cast<char>(value >> shift & 0xFF));
  }
  return out;
}

int SelectHttp2(SSL*, const unsigned char** out, unsigned char* out_size, const unsigned char*,
                unsigned int, void*) {
  static constexpr unsigned char kName[] = {'h', '2'};
  *out = kName;
  *out_size = sizeof kName;
  return SSL_TLSEXT_ERR_OK;
}

}  // namespace

// Frames of one socket.
class Http2Server::Connection {
 public:
  Connection(int fd, SSL_CTX* tls) : ssl_(SSL_new(tls), &SSL_free) { SSL_set_fd(ssl_.get(), fd); }
  bool Open() {
    std::string preface;
    if (SSL_accept(ssl_.get()) != 1 || !Read(sizeof kPreface - 1, &preface)) return false;
    Write(kSettings, 0, 0, "");
    return preface == kPreface;
  }
  // False when the peer has gone.
  bool Next(Frame* frame) {
    std::string head;
    if (!Read(9, &head)) return false;
    const auto at = [&head](size_t i) {
      return static_cast<uint32_t>(static_cast<uint8_t>(head[i]));
    };
    frame->type = static_cast<uint8_t>(at(3));
    frame->flags = static_cast<uint8_t>(at(4));
    frame->stream = (at(5) & 0x7F) << 24 | at(6) << 16 | at(7) << 8 | at(8);
    return Read(at(0) << 16 | at(1) << 8 | at(2), &frame->payload);
  }
  void Write(FrameType type, uint8_t flags, uint32_t stream, const std::string& payload) {
    const std::string bytes = Bytes(static_cast<uint32_t>(payload.size()), 3) + Bytes(type, 1) +
                              Bytes(flags, 1) + Bytes(stream, 4) + payload;
    SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size()));
  }

 private:
  bool Read(size_t size, std::string* out) {
    out->resize(size);
    for (size_t done = 0; done < size;) {
      const int n = SSL_read(ssl_.get(), out->data() + done, static_cast<int>(size - done));
      if (n <= 0) return false;
      done += static_cast<size_t>(n);
    }
    return true;
  }

  std::unique_ptr<SSL, decltype(&SSL_free)> ssl_;
};

Http2Server::Http2Server(Script script, SSL_CTX* tls)
    : script_(std::move(script)), tls_(tls), listener_(socket(AF_INET, SOCK_STREAM, 0)) {
  SSL_CTX_set_alpn_select_cb(tls_, &SelectHttp2, nullptr);
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

Http2Server::~Http2Server() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
    shutdown(listener_, SHUT_RDWR);
    for (const int fd : sockets_) shutdown(fd, SHUT_RDWR);
  }
  acceptor_.join();
  for (std::thread& thread : threads_) thread.join();
  close(listener_);
}

std::vector<Http2Request> Http2Server::seen() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return seen_;
}

void Http2Server::Accept() {
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

void Http2Server::Serve(int fd, int number) {
  {
    Connection connection(fd, tls_);
    std::map<uint32_t, std::string> bodies;
    Http2Request request;
    request.connection = number;
    uint32_t last_stream = 0;
    Frame frame;
    bool open = connection.Open();
    while (open && connection.Next(&frame)) {
      if (frame.type == kSettings && (frame.flags & kAck) == 0) {
        connection.Write(kSettings, kAck, 0, "");
      }
      if (frame.type == kPing && (frame.flags & kAck) == 0) {
        connection.Write(kPing, kAck, 0, frame.payload);
      }
      if (frame.type == kData) bodies[frame.stream] += frame.payload;
      const bool whole =
          (frame.type == kData || frame.type == kHeaders) && (frame.flags & kEndStream) != 0;
      if (!whole) continue;
      request.body = bodies[frame.stream];
      ++request.on_connection;
      {
        const std::lock_guard<std::mutex> lock(mutex_);
        seen_.push_back(request);
      }
      switch (script_(request)) {
        case Http2Reply::kAnswer:
          connection.Write(kHeaders, kEndHeaders, frame.stream, kStatus200);
          connection.Write(kData, kEndStream, frame.stream, "ok");
          last_stream = frame.stream;
          break;
        case Http2Reply::kIgnore:
          break;
        case Http2Reply::kRefuse:
          connection.Write(kReset, 0, frame.stream, std::string(kRefusedStream, 4));
          break;
        case Http2Reply::kGoAway:
          connection.Write(kGoAway, 0, 0, Bytes(last_stream, 4) + Bytes(0, 4));
          open = false;
          break;
        case Http2Reply::kCut:
          open = false;
          break;
      }
    }
  }
  const std::lock_guard<std::mutex> lock(mutex_);
  close(fd);
  std::erase(sockets_, fd);
}

}  // namespace tokenbroker

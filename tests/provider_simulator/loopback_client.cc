#include "tests/provider_simulator/loopback_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"

namespace provider_simulator {
namespace {

std::string RequestText(const std::string& method, const std::string& target,
                        const std::string& body, const std::string& headers) {
  return method + " " + target + " HTTP/1.1\r\nHost: simulator\r\n" +
         "Content-Type: application/x-www-form-urlencoded\r\n" +
         "Content-Length: " + std::to_string(body.size()) + "\r\n" + headers + "\r\n" + body;
}

LoopbackAnswer ParseHead(const std::string& head) {
  LoopbackAnswer answer;
  const std::vector<std::string> lines = absl::StrSplit(head, "\r\n");
  if (lines[0].size() > 12 && !absl::SimpleAtoi(lines[0].substr(9, 3), &answer.status)) {
    answer.status = 0;
  }
  for (std::size_t i = 1; i < lines.size(); ++i) {
    const std::size_t colon = lines[i].find(": ");
    if (colon == std::string::npos) continue;
    answer.headers[absl::AsciiStrToLower(lines[i].substr(0, colon))] = lines[i].substr(colon + 2);
  }
  return answer;
}

}  // namespace

LoopbackClient::LoopbackClient(const std::string& address) {
  std::uint32_t port = 0;
  if (!absl::SimpleAtoi(address.substr(address.rfind(':') + 1), &port)) return;
  sockaddr_in peer{};
  peer.sin_family = AF_INET;
  peer.sin_port = htons(static_cast<std::uint16_t>(port));
  peer.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socket_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  SetReadTimeout(absl::Seconds(20));
  if (connect(socket_, reinterpret_cast<const sockaddr*>(&peer), sizeof(peer)) != 0) {
    close(socket_);
    socket_ = -1;
  }
}

LoopbackClient::~LoopbackClient() {
  if (socket_ >= 0) close(socket_);
}

void LoopbackClient::SetReadTimeout(absl::Duration timeout) {
  const timeval value = absl::ToTimeval(timeout);
  setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &value, sizeof(value));
}

absl::Status LoopbackClient::Write(const std::string& bytes) {
  std::size_t sent = 0;
  while (sent < bytes.size()) {
    const ssize_t n = send(socket_, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (n < 0) return absl::AbortedError("cannot send");
    sent += static_cast<std::size_t>(n);
  }
  return absl::OkStatus();
}

absl::Status LoopbackClient::Receive() {
  std::array<char, 16384> chunk;
  const ssize_t n = recv(socket_, chunk.data(), chunk.size(), 0);
  if (n > 0) {
    received_.append(chunk.data(), static_cast<std::size_t>(n));
    return absl::OkStatus();
  }
  if (n == 0) return absl::UnavailableError("connection shut");
  if (errno == EAGAIN || errno == EWOULDBLOCK) return absl::DeadlineExceededError("no answer");
  return absl::AbortedError("connection reset");
}

absl::StatusOr<LoopbackAnswer> LoopbackClient::Read() {
  static const std::string kEnd = "\r\n\r\n";
  while (received_.find(kEnd) == std::string::npos) {
    const absl::Status status = Receive();
    if (!status.ok()) return status;
  }
  const std::size_t head_size = received_.find(kEnd) + kEnd.size();
  LoopbackAnswer answer = ParseHead(received_.substr(0, head_size - kEnd.size()));
  std::size_t body_size = 0;
  const auto length = answer.headers.find("content-length");
  if (length != answer.headers.end() && !absl::SimpleAtoi(length->second, &body_size)) {
    return absl::DataLossError("malformed Content-Length");
  }
  while (received_.size() < head_size + body_size) {
    const absl::Status status = Receive();
    if (!status.ok()) return status;
  }
  answer.body = received_.substr(head_size, body_size);
  received_.erase(0, head_size + body_size);
  return answer;
}

absl::StatusOr<LoopbackAnswer> LoopbackClient::Get(const std::string& target,
                                                   const std::string& headers) {
  return Send("GET", target, "", headers);
}

absl::StatusOr<LoopbackAnswer> LoopbackClient::Send(const std::string& method,
                                                    const std::string& target,
                                                    const std::string& body,
                                                    const std::string& headers) {
  const absl::Status written = Write(RequestText(method, target, body, headers));
  if (!written.ok()) return written;
  return Read();
}

std::string RefreshRequest(const std::string& refresh_token) {
  return RequestText("POST", "/token",
                     "grant_type=refresh_token&client_id=client&client_secret=secret"
                     "&refresh_token=" +
                         refresh_token,
                     "");
}

}  // namespace provider_simulator

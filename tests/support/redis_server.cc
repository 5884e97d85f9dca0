#include "tests/support/redis_server.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <hiredis/hiredis.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <random>
#include <utility>

namespace tokenbroker {
namespace {

constexpr int kAttempts = 50;

bool IsFree(int port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  // As redis-server does: what is in TIME_WAIT is free.
  const int one = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<uint16_t>(port));
  const bool free = bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0;
  close(fd);
  return free;
}

// Whether nobody was given it before, by this process or another that lives: a name among those of
// sockets that are no files, kept until this process ends.
bool Reserve(int port) {
  sockaddr_un name = {};
  name.sun_family = AF_UNIX;
  const std::string text = "tokenbroker-test-port-" + std::to_string(port);
  text.copy(name.sun_path + 1, text.size());
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + text.size());
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (bind(fd, reinterpret_cast<sockaddr*>(&name), size) == 0) return true;
  close(fd);
  return false;
}

std::string Print(const redisReply* reply) {
  if (reply == nullptr) return "no answer";
  switch (reply->type) {
    case REDIS_REPLY_INTEGER:
      return std::to_string(reply->integer);
    case REDIS_REPLY_ARRAY: {
      std::string lines;
      for (size_t i = 0; i < reply->elements; ++i) lines += Print(reply->element[i]) + "\n";
      return lines;
    }
    case REDIS_REPLY_NIL:
      return std::string();
    default:
      return std::string(reply->str, reply->len);
  }
}

std::string Ask(redisContext* connection, const std::vector<std::string>& words) {
  std::vector<const char*> texts;
  std::vector<size_t> sizes;
  for (const std::string& word : words) {
    texts.push_back(word.data());
    sizes.push_back(word.size());
  }
  auto* reply = static_cast<redisReply*>(
      redisCommandArgv(connection, static_cast<int>(words.size()), texts.data(), sizes.data()));
  std::string text = Print(reply);
  if (reply != nullptr) freeReplyObject(reply);
  return text;
}

}  // namespace

int FreePort() {
  // Cluster nodes use the port 10,000 above theirs, too: none of these is one of those.
  std::uniform_int_distribution<int> ports(10'000, 19'999);
  static std::mt19937 random{std::random_device{}()};
  for (int i = 0; i < kAttempts; ++i) {
    const int port = ports(random);
    if (IsFree(port) && IsFree(port + 10'000) && Reserve(port)) return port;
  }
  ADD_FAILURE() << "no free port";
  return 0;
}

RedisServer::RedisServer(std::vector<std::string> arguments, Port kind,
                         std::vector<std::string> launcher)
    : arguments_(std::move(arguments)), kind_(kind), launcher_(std::move(launcher)) {
  // A server may close the connection: sentinels have it do so to all, when they promote it.
  signal(SIGPIPE, SIG_IGN);
  for (int i = 0; i < kAttempts; ++i) {
    port_ = FreePort();
    if (Start()) return;
  }
  ADD_FAILURE() << "redis-server does not start: " << process_->Output();
}

RedisServer::~RedisServer() {
  if (connection_ != nullptr) redisFree(connection_);
}

bool RedisServer::Start() {
  const std::string port = std::to_string(port_);
  const bool tls = kind_ == Port::kTls;
  std::vector<std::string> words = {"/usr/bin/setpriv",
                                    "--pdeathsig",
                                    "KILL",
                                    "redis-server",
                                    "--port",
                                    tls ? "0" : port,
                                    "--tls-port",
                                    tls ? port : "0",
                                    "--bind",
                                    "127.0.0.1",
                                    "--unixsocket",
                                    unix_path(),
                                    "--dir",
                                    folder_.Path(""),
                                    "--save",
                                    "",
                                    "--daemonize",
                                    "no"};
  words.insert(words.end(), arguments_.begin(), arguments_.end());
  words.insert(words.begin(), launcher_.begin(), launcher_.end());
  process_ = std::make_unique<ChildProcess>(std::move(words));
  // Its last words before it serves: the unix socket is there as well.
  return !process_->WaitForLine("ready to accept connections at").empty();
}

void RedisServer::Pause() { process_->Signal(SIGSTOP); }

void RedisServer::Continue() { process_->Signal(SIGCONT); }

void RedisServer::Kill() {
  process_->Stop(SIGKILL);
  if (connection_ != nullptr) redisFree(std::exchange(connection_, nullptr));
}

void RedisServer::Restart() {
  unlink(unix_path().c_str());
  EXPECT_TRUE(Start()) << process_->Output();
}

redisContext* RedisServer::Connection() {
  if (connection_ != nullptr && connection_->err == 0) return connection_;
  if (connection_ != nullptr) redisFree(connection_);
  connection_ = redisConnectUnix(unix_path().c_str());
  if (!auth_.empty()) Ask(connection_, auth_);
  return connection_;
}

std::string RedisServer::Command(const std::vector<std::string>& words) {
  return Ask(Connection(), words);
}

}  // namespace tokenbroker

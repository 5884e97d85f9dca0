// A real redis-server that a test starts, disturbs and ends.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tests/support/child_process.h"
#include "tests/support/temp_folder.h"

struct redisContext;

namespace tokenbroker {

// Listens on 127.0.0.1 (a free port below the ephemeral ones) and on a unix socket, keeps its files
// in a folder of its own, saves nothing unless told to. For the one thread that made it: it goes
// with that thread, also when the test crashes.
class RedisServer {
 public:
  // kTls: its port speaks TLS; `arguments` name the files.
  enum class Port { kPlain, kTls };
  // `arguments` are added to the command line and win; `launcher` is what starts the program, a
  // program and its arguments, if anything does. Returns when the server is ready.
  explicit RedisServer(std::vector<std::string> arguments = {}, Port kind = Port::kPlain,
                       std::vector<std::string> launcher = {});
  // Kills it, stopped or not.
  ~RedisServer();
  RedisServer(const RedisServer&) = delete;
  RedisServer& operator=(const RedisServer&) = delete;

  int port() const { return port_; }
  std::string unix_path() const { return folder_.Path("redis.sock"); }
  const TempFolder& folder() const { return folder_; }

  // SIGSTOP: connections stand, nothing is answered.
  void Pause();
  void Continue();
  // SIGKILL. Connections end.
  void Kill();
  // On the same port, with the same folder and arguments. REQUIRES: killed.
  void Restart();

  // Runs a command as the test's own client and gives the answer as redis-cli would print it raw:
  // arrays one item a line, errors as they are, empty for nil. Says who it is by `Login` first
  // where the server asks for a password.
  std::string Command(const std::vector<std::string>& words);
  void Login(std::vector<std::string> auth) { auth_ = std::move(auth); }
  // Waits for a line of its log, past or to come; empty when it ended without one.
  std::string WaitForLine(const std::string& text) { return process_->WaitForLine(text); }

 private:
  bool Start();
  redisContext* Connection();

  TempFolder folder_;
  std::vector<std::string> arguments_;
  const Port kind_;
  const std::vector<std::string> launcher_;
  int port_ = 0;
  std::unique_ptr<ChildProcess> process_;
  redisContext* connection_ = nullptr;
  std::vector<std::string> auth_;
};

// A port on 127.0.0.1 that nobody listens on, below the ephemeral ones; nor will anybody who was
// given one here.
int FreePort();

}  // namespace tokenbroker

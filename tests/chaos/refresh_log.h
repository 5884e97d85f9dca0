// Every refresh that the fleet announces, by subscription to its channel in Redis.
#pragma once

#include <mutex>
#include <set>
#include <string>
#include <thread>

struct redisContext;

namespace tokenbroker {

// Any thread.
class RefreshLog {
 public:
  // Listens when it returns. `unix_path`: the server's socket.
  explicit RefreshLog(const std::string& unix_path);
  ~RefreshLog();
  RefreshLog(const RefreshLog&) = delete;
  RefreshLog& operator=(const RefreshLog&) = delete;

  // How many generations of how many grants a refresh made, each counted once.
  size_t Generations();

 private:
  void Read();

  redisContext* connection_ = nullptr;
  std::mutex mutex_;
  std::set<std::string> refreshes_;
  std::thread reader_;
};

}  // namespace tokenbroker

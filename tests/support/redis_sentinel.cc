#include "tests/support/redis_sentinel.h"

#include <gtest/gtest.h>
#include <hiredis/hiredis.h>
#include <signal.h>
#include <stdlib.h>

#include "tests/support/redis_server.h"

namespace tokenbroker {
namespace {

constexpr timeval kPatience = {2, 0};

}  // namespace

RedisSentinel::RedisSentinel(int primary_port, absl::Duration down_after) {
  for (int i = 0; i < 10; ++i) {
    if (Start(primary_port, down_after)) return;
  }
  ADD_FAILURE() << "no sentinel starts: " << process_->Output();
}

bool RedisSentinel::Start(int primary_port, absl::Duration down_after) {
  port_ = FreePort();
  // It writes to its file.
  const std::string file =
      folder_.Write("sentinel.conf", "port " + std::to_string(port_) + "\nbind 127.0.0.1\ndir " +
                                         folder_.Path("") + "\nsentinel monitor main 127.0.0.1 " +
                                         std::to_string(primary_port) +
                                         " 2\nsentinel down-after-milliseconds main " +
                                         std::to_string(absl::ToInt64Milliseconds(down_after)) +
                                         "\n"
                                         "sentinel failover-timeout main 5000\n");
  process_ = std::make_unique<ChildProcess>(std::vector<std::string>{
      "/usr/bin/setpriv", "--pdeathsig", "KILL", "redis-server", file, "--sentinel"});
  return !process_->WaitForLine("+monitor master main").empty();
}

int RedisSentinel::PrimaryPort() const {
  redisContext* connection = redisConnectWithTimeout("127.0.0.1", port_, kPatience);
  redisSetTimeout(connection, kPatience);
  auto* reply =
      static_cast<redisReply*>(redisCommand(connection, "SENTINEL get-master-addr-by-name main"));
  int port = 0;
  if (reply != nullptr && reply->elements == 2) port = atoi(reply->element[1]->str);
  freeReplyObject(reply);
  redisFree(connection);
  return port;
}

void RedisSentinel::Kill() { process_->Stop(SIGKILL); }

}  // namespace tokenbroker

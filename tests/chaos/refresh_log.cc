#include "tests/chaos/refresh_log.h"

#include <gtest/gtest.h>
#include <hiredis/hiredis.h>
#include <sys/socket.h>

namespace tokenbroker {

RefreshLog::RefreshLog(const std::string& unix_path)
    : connection_(redisConnectUnix(unix_path.c_str())) {
  auto* subscribed = static_cast<redisReply*>(redisCommand(connection_, "SUBSCRIBE tb:changed"));
  EXPECT_NE(subscribed, nullptr);
  freeReplyObject(subscribed);
  reader_ = std::thread([this] { Read(); });
}

RefreshLog::~RefreshLog() {
  shutdown(connection_->fd, SHUT_RDWR);
  reader_.join();
  redisFree(connection_);
}

void RefreshLog::Read() {
  void* reply = nullptr;
  while (redisGetReply(connection_, &reply) == REDIS_OK) {
    auto* message = static_cast<redisReply*>(reply);
    // "message", the channel, "refresh 1800000000000 tenant:provider:subject".
    if (message->type == REDIS_REPLY_ARRAY && message->elements == 3) {
      const redisReply& text = *message->element[2];
      std::string payload = text.str == nullptr ? "" : std::string(text.str, text.len);
      const std::lock_guard<std::mutex> lock(mutex_);
      if (payload.rfind("refresh ", 0) == 0) refreshes_.insert(std::move(payload));
    }
    freeReplyObject(reply);
  }
}

size_t RefreshLog::Generations() {
  const std::lock_guard<std::mutex> lock(mutex_);
  return refreshes_.size();
}

}  // namespace tokenbroker

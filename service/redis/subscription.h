// A listener to one channel that knows when it is cut off.
#pragma once

#include <memory>
#include <string>

#include "redis/connection.h"
#include "redis/redis_client.h"

namespace tokenbroker {

// Loop thread only; `loop` and the listener outlive it.
class RedisSubscription {
 public:
  RedisSubscription(Loop& loop, std::shared_ptr<EndpointFinder> finder,
                    RedisConnection::Options connection, std::string channel,
                    ChannelListener* listener);
  // The listener hears nothing more.
  ~RedisSubscription();
  RedisSubscription(const RedisSubscription&) = delete;
  RedisSubscription& operator=(const RedisSubscription&) = delete;

  // Drops the connection and makes it anew.
  void Resubscribe();
  size_t pending() const;

 private:
  struct State;
  static Task<void> Keep(std::shared_ptr<State> state);
  static Task<void> Listen(std::shared_ptr<State> state, std::shared_ptr<RedisSession> session);

  const std::shared_ptr<State> state_;
};

}  // namespace tokenbroker

// Notices that the primary has been replaced: connections to the one before may stand for a while,
// and what it is told is lost. A sentinel announces it; in case the one that is listened to has
// gone, or has been cut off itself, all of them are asked from time to time.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "redis/sentinel_finder.h"
#include "redis/subscription.h"

namespace tokenbroker {

// Loop thread only; `loop` outlives it.
class SentinelWatch : public ChannelListener {
 public:
  struct Client {
    // The server that is taken for the primary; empty before there is one.
    std::function<std::string()> server;
    // The primary is another one, or may be.
    std::function<void()> renew;
  };

  // Watches from now on. `client` is called on the loop.
  SentinelWatch(Loop& loop, const RedisOptions& options, std::shared_ptr<SentinelFinder> finder,
                uint64_t jitter_seed, Client client);
  ~SentinelWatch() override;

  // Asks the sentinels now, unless they are being asked or were a moment ago.
  void Look();
  size_t pending() const;

 private:
  struct State;
  void LookNow();
  static Task<void> LookForEver(std::shared_ptr<State> state);
  static Task<void> LookOnce(std::shared_ptr<State> state);

  void OnMessage(absl::string_view payload) override;
  void OnSubscribed() override;
  void OnLost() override {}

  // Apart from the watch: its tasks may live a little longer.
  const std::shared_ptr<State> state_;
  // As an announcement begins with it.
  const std::string primary_;
  RedisSubscription subscription_;
};

}  // namespace tokenbroker

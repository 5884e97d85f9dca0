// Hears from a sentinel that the primary has been replaced: connections to the one before may stand
// for a while, and what it is told is lost.
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
  // Listens from now on. `on_switch` is called on the loop when another primary is announced, and
  // when an announcement may have been missed.
  SentinelWatch(Loop& loop, const RedisOptions& options, std::shared_ptr<SentinelFinder> finder,
                uint64_t jitter_seed, std::function<void()> on_switch);

  size_t pending() const { return subscription_.pending(); }

 private:
  void OnMessage(absl::string_view payload) override;
  void OnSubscribed() override;
  void OnLost() override {}

  // As an announcement begins with it.
  const std::string primary_;
  const std::function<void()> on_switch_;
  bool subscribed_before_ = false;
  RedisSubscription subscription_;
};

}  // namespace tokenbroker

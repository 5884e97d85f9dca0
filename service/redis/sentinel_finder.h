// The primary that Redis Sentinel names.
#pragma once

#include <string>
#include <vector>

#include "redis/connect.h"
#include "redis/endpoint_finder.h"

namespace tokenbroker {

// Loop thread only; `loop` outlives it and its calls. Asks all sentinels that it knows at once, at
// every call: those that it was given and those that these know of.
class SentinelFinder : public EndpointFinder {
 public:
  // REQUIRES: Mode::kSentinel.
  SentinelFinder(Loop& loop, const RedisOptions& options);

  // The answer of the latest configuration epoch wins: a sentinel that was cut off may still name
  // the primary of before. Waits only a moment for others once there is an answer.
  Task<absl::StatusOr<RedisEndpoint>> Find(SteadyTime deadline) override;
  // Those that are known.
  std::vector<RedisEndpoint> Sentinels() const;

 private:
  class Round;
  void Learn(const std::vector<RedisEndpoint>& sentinels);

  Loop& loop_;
  const std::string primary_;
  const ConnectOptions connect_;
  const std::vector<RedisEndpoint> given_;
  // What the sentinels said of each other last.
  std::vector<RedisEndpoint> learned_;
};

}  // namespace tokenbroker

// A primary, its replica and the three sentinels that watch them.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/redis_sentinel.h"
#include "tests/support/redis_server.h"

namespace tokenbroker {

// Complete when it is made: the replica has what the primary has, the sentinels know each other.
class RedisSentinelGroup {
 public:
  struct Options {
    // Of the sentinels.
    absl::Duration down_after = absl::Seconds(1);
    // What starts the two servers' programs: see RedisServer.
    std::vector<std::string> primary_launcher = {};
    std::vector<std::string> replica_launcher = {};
  };
  RedisSentinelGroup() : RedisSentinelGroup(Options()) {}
  explicit RedisSentinelGroup(const Options& options);

  // Which of the two is what at the beginning.
  RedisServer& primary() { return primary_; }
  RedisServer& replica() { return replica_; }
  RedisSentinel& sentinel(size_t i) { return *sentinels_[i]; }
  // Of all five.
  std::vector<int> ports() const;
  // As the configuration names it.
  std::string uri() const;

  // Kills the primary; the sentinels have agreed on the replica then. Before that a primary that
  // comes back may be taken for the primary still.
  void FailOver();
  // The port of the server that all sentinels take for the primary; 0 when they do not agree.
  int PrimaryPort() const;
  // When the primary became another one, as a sentinel saw it.
  std::vector<absl::Time> Failovers() const;
  // The replica gets nothing more, and does not say so to anybody.
  void StallReplication();

 private:
  RedisServer primary_;
  RedisServer replica_;
  std::array<std::unique_ptr<RedisSentinel>, 3> sentinels_;
};

}  // namespace tokenbroker

// The Redis of a run, and what can be done to it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tests/nemesis/history.h"

namespace tokenbroker {

// For the one thread that made it.
class RedisSetup {
 public:
  virtual ~RedisSetup() = default;

  // As the configuration names it.
  virtual std::string uri() const = 0;
  // Those that replicas connect to.
  virtual std::vector<int> ports() const = 0;
  // How many replicas confirm a write.
  virtual int min_replica_acks() const = 0;
  // What can be done to it.
  virtual std::vector<Fault> faults() const = 0;
  // When the primary became another one, whoever wanted that.
  virtual std::vector<absl::Time> failovers() const { return {}; }
  // False: not now.
  virtual bool TryBegin(Fault fault) = 0;
  // False: it is not over yet; to be tried again.
  virtual bool TryEnd(Fault fault) = 0;
};

// One server with an append-only file, behind a proxy.
std::unique_ptr<RedisSetup> LoneRedis();
// A primary without one and its replica, under three sentinels.
std::unique_ptr<RedisSetup> RedisUnderSentinels();

}  // namespace tokenbroker

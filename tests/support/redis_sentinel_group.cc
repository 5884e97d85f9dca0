#include "tests/support/redis_sentinel_group.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace tokenbroker {

RedisSentinelGroup::RedisSentinelGroup() {
  replica_.WaitForLine("MASTER <-> REPLICA sync: Finished with success");
  for (auto& sentinel : sentinels_) sentinel = std::make_unique<RedisSentinel>(primary_.port());
  for (auto& sentinel : sentinels_) {
    sentinel->WaitForLine("+slave slave");
    sentinel->WaitForLine("+sentinel sentinel");
  }
}

std::vector<int> RedisSentinelGroup::ports() const {
  std::vector<int> ports = {primary_.port(), replica_.port()};
  for (const auto& sentinel : sentinels_) ports.push_back(sentinel->port());
  return ports;
}

std::string RedisSentinelGroup::uri() const {
  std::string hosts;
  for (const auto& sentinel : sentinels_) {
    hosts += (hosts.empty() ? "127.0.0.1:" : ",127.0.0.1:") + std::to_string(sentinel->port());
  }
  return "redis+sentinel://" + hosts + "/main";
}

void RedisSentinelGroup::FailOver() {
  primary_.Kill();
  for (auto& sentinel : sentinels_) EXPECT_NE(sentinel->WaitForLine("+switch-master main"), "");
}

int RedisSentinelGroup::PrimaryPort() const {
  const int port = sentinels_[0]->PrimaryPort();
  const bool agreed = std::all_of(sentinels_.begin(), sentinels_.end(),
                                  [port](const auto& one) { return one->PrimaryPort() == port; });
  return agreed ? port : 0;
}

void RedisSentinelGroup::StallReplication() {
  // It says a password that the primary does not know, and so never gets in again.
  EXPECT_EQ(replica_.Command({"CONFIG", "SET", "masterauth", "wrong"}), "OK");
  EXPECT_EQ(replica_.Command({"CLIENT", "KILL", "TYPE", "master"}), "1");
}

}  // namespace tokenbroker

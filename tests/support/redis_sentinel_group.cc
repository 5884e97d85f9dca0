#include "tests/support/redis_sentinel_group.h"

#include <absl/strings/match.h>
#include <absl/strings/str_join.h>
#include <absl/strings/str_split.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace tokenbroker {
namespace {

// With an append-only file, as the runbook has it: one that comes back empty can be made the
// primary by sentinels that lose sight of the other before it has been given its data.
std::vector<std::string> ServerArguments() {
  return {"--appendonly", "yes", "--repl-diskless-sync-delay", "0"};
}

std::vector<std::string> ReplicaArguments(int primary_port) {
  std::vector<std::string> arguments = ServerArguments();
  arguments.insert(arguments.end(), {"--replicaof", "127.0.0.1 " + std::to_string(primary_port)});
  return arguments;
}

}  // namespace

RedisSentinelGroup::RedisSentinelGroup(const Options& options)
    : primary_(ServerArguments(), RedisServer::Port::kPlain, options.primary_launcher),
      replica_(ReplicaArguments(primary_.port()), RedisServer::Port::kPlain,
               options.replica_launcher) {
  replica_.WaitForLine("MASTER <-> REPLICA sync: Finished with success");
  for (auto& sentinel : sentinels_) {
    sentinel = std::make_unique<RedisSentinel>(primary_.port(), options.down_after);
  }
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

std::vector<absl::Time> RedisSentinelGroup::Failovers() const {
  std::vector<absl::Time> times;
  const std::string log = sentinels_[0]->Output();
  for (absl::string_view line : absl::StrSplit(log, '\n')) {
    if (!absl::StrContains(line, "+switch-master main")) continue;
    // After "<pid>:X ", as "27 Nov 2026 13:07:38.123 # ...".
    const std::vector<absl::string_view> parts = absl::StrSplit(line, absl::MaxSplits(' ', 5));
    absl::Time time;
    std::string error;
    EXPECT_TRUE(parts.size() > 4 &&
                absl::ParseTime("%d %b %Y %H:%M:%E*S",
                                absl::StrJoin(parts.begin() + 1, parts.begin() + 5, " "),
                                absl::LocalTimeZone(), &time, &error))
        << line << " " << error;
    times.push_back(time);
  }
  return times;
}

void RedisSentinelGroup::StallReplication() {
  // It says a password that the primary does not know, and so never gets in again.
  EXPECT_EQ(replica_.Command({"CONFIG", "SET", "masterauth", "wrong"}), "OK");
  EXPECT_EQ(replica_.Command({"CLIENT", "KILL", "TYPE", "master"}), "1");
}

}  // namespace tokenbroker

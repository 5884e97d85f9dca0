// What refreshing costs and what a replica holds, at full length only: numbers to look at, and
// bounds that only a mistake of another order can break.
#include <unistd.h>

#include <fstream>
#include <iostream>
#include <sstream>

#include "tests/chaos/fleet.h"
#include "tests/chaos/load.h"

namespace tokenbroker {
namespace {

using provider_simulator::Rotation;

// Copies of a record and its due entry, far from due, under other subjects' names.
constexpr char kCopies[] =
    "local record = redis.call('HGETALL', ARGV[1])\n"
    "for i = 1, tonumber(ARGV[2]) do\n"
    "  local shard = i % 64\n"
    "  local key = 'tb:{' .. shard .. '}:grant:default:sim:copy-' .. ARGV[3] .. '-' .. i\n"
    "  redis.call('HSET', key, unpack(record))\n"
    "  redis.call('ZADD', 'tb:{' .. shard .. '}:due:sim', 1e15, key)\n"
    "end\n"
    "return 'OK'";

class CostTest : public FleetTest {
 protected:
  void SetUp() override {
    if (!AtFullLength()) GTEST_SKIP() << "a measurement: make prove";
  }
  // User and system time of replica 0, in seconds.
  double CpuSeconds() {
    std::ifstream file("/proc/" + std::to_string(replica(0).pid()) + "/stat");
    std::stringstream text;
    text << file.rdbuf();
    // The program's name, in parentheses, may hold anything.
    std::istringstream fields(text.str().substr(text.str().rfind(')') + 1));
    std::string skipped;
    for (int i = 3; i < 14; ++i) fields >> skipped;
    double user = 0;
    double system = 0;
    fields >> user >> system;
    return (user + system) / static_cast<double>(sysconf(_SC_CLK_TCK));
  }
  int64_t ResidentKiB() {
    std::ifstream file("/proc/" + std::to_string(replica(0).pid()) + "/status");
    for (std::string line; std::getline(file, line);) {
      if (line.rfind("VmRSS:", 0) == 0) return std::stoll(line.substr(6));
    }
    return 0;
  }
  int64_t RedisBytes() {
    const std::string info = redis().Command({"INFO", "memory"});
    return std::stoll(info.substr(info.find("used_memory:") + 12));
  }
  int64_t ScriptCalls() {
    const std::string stats = redis().Command({"INFO", "commandstats"});
    const size_t at = stats.find("cmdstat_evalsha:calls=");
    return at == std::string::npos ? 0 : std::stoll(stats.substr(at + 22));
  }
};

TEST_F(CostTest, OfARefresh) {
  SetRotation(Rotation::kSingleUse);
  SetTokenLifetime(absl::Seconds(1));
  StartRedis({"--hash-max-listpack-value", "4096"});
  StartReplicas(1);
  const std::vector<std::string> subjects = LogInMany(400);
  Load load(replicas(), subjects, 1);
  load.RunFor(absl::Seconds(3));
  const double cpu = CpuSeconds();
  const uint64_t refreshes = counters().Refreshes();
  const int64_t calls = ScriptCalls();
  const Load::Counts before = load.SoFar();
  load.RunFor(absl::Seconds(20));
  const double used = CpuSeconds() - cpu;
  const auto done = static_cast<double>(counters().Refreshes() - refreshes);
  const auto scripts = static_cast<double>(ScriptCalls() - calls);
  const Load::Counts seen = load.Stop();
  std::cout << done << " refreshes in 20 s beside " << seen.answers - before.answers
            << " answers: " << done / used << " refreshes per second of CPU time, "
            << scripts / done << " scripts each, heartbeats and claims included\n";
  EXPECT_EQ(seen.errors, 0);
  EXPECT_GT(done / used, 200);
}

TEST_F(CostTest, OfAMillionGrantsAndAHundredThousandThatAreHot) {
  SetTokenLifetime(absl::Hours(1));
  StartRedis({"--hash-max-listpack-value", "4096"});
  StartReplicas(1);
  LogIn("user-0");
  std::string record;
  for (int shard = 0; shard < 64; ++shard) {
    const std::string key = "tb:{" + std::to_string(shard) + "}:grant:default:sim:user-0";
    if (redis().Command({"EXISTS", key}) == "1") record = key;
  }
  const int64_t bytes = RedisBytes();
  for (int batch = 0; batch < 100; ++batch) {
    ASSERT_EQ(redis().Command({"EVAL", kCopies, "0", record, "10000", std::to_string(batch)}),
              "OK");
  }
  std::cout << static_cast<double>(RedisBytes() - bytes) / 1e6 << " bytes of Redis per grant\n";
  const int64_t before = ResidentKiB();
  const std::vector<std::string> subjects = LogInMany(100'000);
  for (const std::string& subject : subjects) ASSERT_TRUE(GetToken(subject).ok());
  const int64_t after = ResidentKiB();
  std::cout << "a replica that knows 1,000,000 grants: " << before / 1024 << " MiB, and "
            << after / 1024 << " MiB with 100,000 more that are hot\n";
  EXPECT_LT(after, 1024 * 1024);
}

}  // namespace
}  // namespace tokenbroker

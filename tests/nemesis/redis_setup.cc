#include "tests/nemesis/redis_setup.h"

#include <absl/strings/str_cat.h>
#include <absl/time/clock.h>

#include <utility>

#include "tests/nemesis/stepped_clock.h"
#include "tests/support/delaying_proxy.h"
#include "tests/support/redis_sentinel_group.h"
#include "tests/support/redis_server.h"

namespace tokenbroker {
namespace {

// So far at most that a lease which lasts longer ends before the patience with a lost answer does.
constexpr absl::Duration kSteps[] = {absl::Seconds(3), -absl::Seconds(3), absl::Seconds(10),
                                     -absl::Seconds(10)};

// A machine that is busy for a moment is no failover that nobody ordered.
constexpr absl::Duration kDownAfter = absl::Seconds(3);

// What a server that follows nobody for now may lack when it becomes the primary.
constexpr absl::Duration kOldestData = absl::Seconds(30);

// One clock after the other is set, by one step after the other.
class ClocksOfRedis {
 public:
  explicit ClocksOfRedis(size_t servers) : clocks_(servers) {
    for (auto& clock : clocks_) {
      clock = std::make_unique<SteppedClock>(SteppedClock::Of::kRedis);
    }
  }
  std::vector<std::string> Launcher(size_t server) const { return clocks_[server]->Launcher(); }
  void Set() {
    clocks_[steps_ % clocks_.size()]->SetAhead(kSteps[steps_ / clocks_.size() % 4]);
    ++steps_;
  }
  void SetBack() {
    for (auto& clock : clocks_) clock->SetAhead(absl::ZeroDuration());
  }

 private:
  std::vector<std::unique_ptr<SteppedClock>> clocks_;
  size_t steps_ = 0;
};

class Lone : public RedisSetup {
 public:
  std::string uri() const override {
    return absl::StrCat("redis://127.0.0.1:", proxy_.port(), "/0");
  }
  std::vector<int> ports() const override { return {proxy_.port()}; }
  int min_replica_acks() const override { return 0; }
  std::vector<Fault> faults() const override {
    return {Fault::kRedisKilled, Fault::kRedisPaused, Fault::kRedisSlow, Fault::kRedisClockStepped};
  }
  bool TryBegin(Fault fault) override {
    if (fault == Fault::kRedisKilled) server_.Kill();
    if (fault == Fault::kRedisPaused) server_.Pause();
    if (fault == Fault::kRedisSlow) proxy_.SetDelay(absl::Milliseconds(100));
    if (fault == Fault::kRedisClockStepped) clocks_.Set();
    return true;
  }
  bool TryEnd(Fault fault) override {
    if (fault == Fault::kRedisKilled) server_.Restart();
    if (fault == Fault::kRedisPaused) server_.Continue();
    if (fault == Fault::kRedisSlow) proxy_.SetDelay(absl::ZeroDuration());
    if (fault == Fault::kRedisClockStepped) clocks_.SetBack();
    return true;
  }

 private:
  ClocksOfRedis clocks_{1};
  RedisServer server_{{"--appendonly", "yes", "--appendfsync", "always"},
                      RedisServer::Port::kPlain,
                      clocks_.Launcher(0)};
  DelayingProxy proxy_{server_.port()};
};

class UnderSentinels : public RedisSetup {
 public:
  std::string uri() const override { return group_.uri(); }
  std::vector<int> ports() const override { return group_.ports(); }
  int min_replica_acks() const override { return 1; }
  std::vector<Fault> faults() const override {
    return {Fault::kRedisFailedOver, Fault::kRedisPaused, Fault::kRedisClockStepped};
  }
  std::vector<absl::Time> failovers() const override { return group_.Failovers(); }
  // Whichever way the primary is lost, the other one takes its place: which must have its data, or
  // old ones at least.
  bool TryBegin(Fault fault) override {
    if (fault == Fault::kRedisClockStepped) {
      clocks_.Set();
      return true;
    }
    const int port = group_.PrimaryPort();
    if (port == 0) return false;
    lost_ = port == group_.primary().port() ? &group_.primary() : &group_.replica();
    RedisServer& other = lost_ == &group_.primary() ? group_.replica() : group_.primary();
    const std::string link = other.Command({"INFO", "replication"});
    // Brokers put back what they committed in the last minute, and no more.
    const bool too_old = was_killed_ || absl::Now() - lost_at_ > kOldestData;
    if (too_old && link.find("master_link_status:up") == std::string::npos) return false;
    lost_at_ = absl::Now();
    was_killed_ = fault == Fault::kRedisFailedOver;
    was_killed_ ? lost_->Kill() : lost_->Pause();
    return true;
  }
  // Not before all sentinels have agreed on it: who comes back earlier may be taken for the
  // primary.
  bool TryEnd(Fault fault) override {
    if (fault == Fault::kRedisClockStepped) {
      clocks_.SetBack();
      return true;
    }
    const int port = group_.PrimaryPort();
    if (port == 0 || port == lost_->port()) return false;
    was_killed_ ? lost_->Restart() : lost_->Continue();
    return true;
  }

 private:
  ClocksOfRedis clocks_{2};
  RedisSentinelGroup group_{{kDownAfter, clocks_.Launcher(0), clocks_.Launcher(1)}};
  // The last primary that was lost, when and how.
  RedisServer* lost_ = nullptr;
  absl::Time lost_at_ = absl::InfinitePast();
  bool was_killed_ = false;
};

}  // namespace

std::unique_ptr<RedisSetup> LoneRedis() { return std::make_unique<Lone>(); }
std::unique_ptr<RedisSetup> RedisUnderSentinels() { return std::make_unique<UnderSentinels>(); }

}  // namespace tokenbroker

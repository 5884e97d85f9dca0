#include "tests/nemesis/redis_setup.h"

#include <absl/strings/str_cat.h>

#include <utility>

#include "tests/support/delaying_proxy.h"
#include "tests/support/redis_sentinel_group.h"
#include "tests/support/redis_server.h"

namespace tokenbroker {
namespace {

class Lone : public RedisSetup {
 public:
  std::string uri() const override {
    return absl::StrCat("redis://127.0.0.1:", proxy_.port(), "/0");
  }
  std::vector<int> ports() const override { return {proxy_.port()}; }
  int min_replica_acks() const override { return 0; }
  std::vector<Fault> faults() const override {
    return {Fault::kRedisKilled, Fault::kRedisPaused, Fault::kRedisSlow};
  }
  bool TryBegin(Fault fault) override {
    if (fault == Fault::kRedisKilled) server_.Kill();
    if (fault == Fault::kRedisPaused) server_.Pause();
    if (fault == Fault::kRedisSlow) proxy_.SetDelay(absl::Milliseconds(100));
    return true;
  }
  bool TryEnd(Fault fault) override {
    if (fault == Fault::kRedisKilled) server_.Restart();
    if (fault == Fault::kRedisPaused) server_.Continue();
    if (fault == Fault::kRedisSlow) proxy_.SetDelay(absl::ZeroDuration());
    return true;
  }

 private:
  RedisServer server_{{"--appendonly", "yes", "--appendfsync", "always"}};
  DelayingProxy proxy_{server_.port()};
};

class UnderSentinels : public RedisSetup {
 public:
  std::string uri() const override { return group_.uri(); }
  std::vector<int> ports() const override { return group_.ports(); }
  int min_replica_acks() const override { return 1; }
  std::vector<Fault> faults() const override {
    return {Fault::kRedisFailedOver, Fault::kRedisPaused};
  }
  // Whichever way the primary is lost, the other one takes its place: which must have its data, or
  // old ones at least.
  bool TryBegin(Fault fault) override {
    const int port = group_.PrimaryPort();
    if (port == 0) return false;
    lost_ = port == group_.primary().port() ? &group_.primary() : &group_.replica();
    RedisServer& other = lost_ == &group_.primary() ? group_.replica() : group_.primary();
    const std::string link = other.Command({"INFO", "replication"});
    if (was_killed_ && link.find("master_link_status:up") == std::string::npos) return false;
    was_killed_ = fault == Fault::kRedisFailedOver;
    was_killed_ ? lost_->Kill() : lost_->Pause();
    return true;
  }
  // Not before all sentinels have agreed on it: who comes back earlier may be taken for the
  // primary.
  bool TryEnd(Fault) override {
    const int port = group_.PrimaryPort();
    if (port == 0 || port == lost_->port()) return false;
    was_killed_ ? lost_->Restart() : lost_->Continue();
    return true;
  }

 private:
  RedisSentinelGroup group_;
  // The last primary that was lost, and how.
  RedisServer* lost_ = nullptr;
  bool was_killed_ = false;
};

}  // namespace

std::unique_ptr<RedisSetup> LoneRedis() { return std::make_unique<Lone>(); }
std::unique_ptr<RedisSetup> RedisUnderSentinels() { return std::make_unique<UnderSentinels>(); }

}  // namespace tokenbroker

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
  int min_replica_acks() const override { return 0; }
  std::vector<Fault> faults() const override {
    return {Fault::kRedisKilled, Fault::kRedisPaused, Fault::kRedisSlow};
  }
  void Begin(Fault fault) override {
    if (fault == Fault::kRedisKilled) server_.Kill();
    if (fault == Fault::kRedisPaused) server_.Pause();
    if (fault == Fault::kRedisSlow) proxy_.SetDelay(absl::Milliseconds(100));
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
  int min_replica_acks() const override { return 1; }
  std::vector<Fault> faults() const override {
    return {Fault::kRedisFailedOver, Fault::kRedisPaused};
  }
  // Whichever way the primary is lost, the other one takes its place.
  void Begin(Fault fault) override {
    announced_ = group_.Failovers();
    if (fault == Fault::kRedisFailedOver) primary_->Kill();
    if (fault == Fault::kRedisPaused) primary_->Pause();
  }
  // Not before all sentinels have agreed on it: who comes back earlier may be taken for the
  // primary.
  bool TryEnd(Fault fault) override {
    if (group_.Failovers() == announced_) return false;
    if (fault == Fault::kRedisFailedOver) primary_->Restart();
    if (fault == Fault::kRedisPaused) primary_->Continue();
    std::swap(primary_, replica_);
    return true;
  }

 private:
  RedisSentinelGroup group_;
  RedisServer* primary_ = &group_.primary();
  RedisServer* replica_ = &group_.replica();
  int announced_ = 0;
};

}  // namespace

std::unique_ptr<RedisSetup> LoneRedis() { return std::make_unique<Lone>(); }
std::unique_ptr<RedisSetup> RedisUnderSentinels() { return std::make_unique<UnderSentinels>(); }

}  // namespace tokenbroker

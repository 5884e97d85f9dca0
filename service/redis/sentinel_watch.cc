#include "redis/sentinel_watch.h"

#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>

#include <random>
#include <utility>

namespace tokenbroker {
namespace {

class AnySentinel : public EndpointFinder {
 public:
  AnySentinel(std::shared_ptr<SentinelFinder> finder, uint64_t seed)
      : finder_(std::move(finder)), random_(seed) {}
  Task<absl::StatusOr<RedisEndpoint>> Find(SteadyTime) override {
    const std::vector<RedisEndpoint> sentinels = finder_->Sentinels();
    std::uniform_int_distribution<size_t> index(0, sentinels.size() - 1);
    co_return sentinels[index(random_)];
  }

 private:
  const std::shared_ptr<SentinelFinder> finder_;
  std::mt19937_64 random_;
};

RedisConnection::Options Options(const RedisOptions& options, uint64_t seed) {
  RedisConnection::Options connection;
  connection.connect = ConnectOptions::ForSentinels(options);
  connection.backoff = options.backoff;
  connection.seed = seed;
  connection.purpose = "sentinel";
  return connection;
}

}  // namespace

SentinelWatch::SentinelWatch(Loop& loop, const RedisOptions& options,
                             std::shared_ptr<SentinelFinder> finder, uint64_t jitter_seed,
                             std::function<void()> on_switch)
    : primary_(absl::StrCat(options.sentinel_primary, " ")),
      on_switch_(std::move(on_switch)),
      subscription_(loop, std::make_shared<AnySentinel>(std::move(finder), jitter_seed),
                    Options(options, jitter_seed), "+switch-master", this) {}

void SentinelWatch::OnMessage(absl::string_view payload) {
  // <name> <old host> <old port> <new host> <new port>
  if (absl::StartsWith(payload, primary_)) on_switch_();
}

void SentinelWatch::OnSubscribed() {
  if (std::exchange(subscribed_before_, true)) on_switch_();
}

}  // namespace tokenbroker

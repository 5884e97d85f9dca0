#include "redis/sentinel_watch.h"

#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>

#include <random>
#include <utility>

namespace tokenbroker {
namespace {

constexpr absl::Duration kLookInterval = absl::Seconds(10);
constexpr absl::Duration kShortestInterval = absl::Seconds(1);

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

struct SentinelWatch::State {
  State(Loop& on, std::shared_ptr<SentinelFinder> by, absl::Duration limit, Client whose)
      : loop(on), finder(std::move(by)), timeout(limit), client(std::move(whose)) {}
  Loop& loop;
  const std::shared_ptr<SentinelFinder> finder;
  const absl::Duration timeout;
  const Client client;
  bool looking = false;
  SteadyTime looked = SteadyTime::InfinitePast();
  bool stopped = false;
};

SentinelWatch::SentinelWatch(Loop& loop, const RedisOptions& options,
                             std::shared_ptr<SentinelFinder> finder, uint64_t jitter_seed,
                             Client client)
    : state_(std::make_shared<State>(loop, finder, options.connect_timeout, std::move(client))),
      primary_(absl::StrCat(options.sentinel_primary, " ")),
      subscription_(loop, std::make_shared<AnySentinel>(std::move(finder), jitter_seed),
                    Options(options, jitter_seed), "+switch-master", this) {
  loop.Spawn(LookForEver(state_));
}

SentinelWatch::~SentinelWatch() { state_->stopped = true; }

void SentinelWatch::Look() {
  if (state_->loop.clock().SteadyNow() >= state_->looked + kShortestInterval) LookNow();
}

void SentinelWatch::LookNow() {
  if (!std::exchange(state_->looking, true)) state_->loop.Spawn(LookOnce(state_));
}

size_t SentinelWatch::pending() const {
  return subscription_.pending() + (state_->looking ? 1 : 0);
}

Task<void> SentinelWatch::LookForEver(std::shared_ptr<State> state) {
  while (!state->stopped) {
    co_await state->loop.Sleep(kLookInterval);
    if (state->stopped || std::exchange(state->looking, true)) continue;
    co_await LookOnce(state);
  }
}

Task<void> SentinelWatch::LookOnce(std::shared_ptr<State> state) {
  state->looked = state->loop.clock().SteadyNow();
  const SteadyTime deadline = state->looked + state->timeout;
  const auto primary = co_await state->finder->Find(deadline);
  state->looking = false;
  if (state->stopped || !primary.ok()) co_return;
  const std::string server = state->client.server();
  if (!server.empty() && server != ToString(*primary)) state->client.renew();
}

void SentinelWatch::OnMessage(absl::string_view payload) {
  // <name> <old host> <old port> <new host> <new port>
  if (absl::StartsWith(payload, primary_)) state_->client.renew();
}

// What was announced before is not known.
void SentinelWatch::OnSubscribed() { LookNow(); }

}  // namespace tokenbroker

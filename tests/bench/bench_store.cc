#include "tests/bench/bench_store.h"

#include <cstdlib>
#include <iostream>

#include "crypto/random.h"
#include "io/await_all.h"
#include "redis/make_redis_client.h"
#include "store/redis_keys.h"
#include "store/store_admin.h"
#include "tests/bench/process_cost.h"

namespace tokenbroker {
namespace {

constexpr int kPutsAtOnce = 256;
constexpr size_t kRefreshTokenBytes = 131;

// What several tasks work off together.
struct PutQueue {
  std::vector<Grant> grants;
  size_t next = 0;
};

Task<int> PutInTurn(RedisStore* store, std::shared_ptr<PutQueue> queue) {
  int stored = 0;
  while (queue->next < queue->grants.size()) {
    PutGrantRequest put;
    put.attempt = RandomBytes(16);
    put.generation = absl::ToUnixMillis(absl::Now());
    put.not_after = SteadyTime::InfiniteFuture();
    put.record = std::move(queue->grants[queue->next++]);
    PutGrantAnswer answer = co_await store->PutGrant(put);
    // On a busy machine Redis may take longer than a caller would wait.
    while (answer.outcome == PutGrantAnswer::Outcome::kUnavailable) {
      answer = co_await store->PutGrant(put);
    }
    if (answer.outcome != PutGrantAnswer::Outcome::kStored &&
        answer.outcome != PutGrantAnswer::Outcome::kAlready) {
      std::cerr << "a grant was not stored\n";
      std::abort();
    }
    ++stored;
  }
  co_return stored;
}

Task<int> PutAll(Loop* loop, RedisStore* store, std::shared_ptr<PutQueue> queue) {
  std::vector<Task<int>> tasks;
  for (int i = 0; i < kPutsAtOnce; ++i) tasks.push_back(PutInTurn(store, queue));
  const std::vector<int> stored = co_await AwaitAll(loop, std::move(tasks));
  co_return static_cast<int>(stored.size());
}

Task<int> GetInTurn(RedisClient* client, std::string key, std::shared_ptr<int> left) {
  while ((*left)-- > 0) {
    RedisCommand get{key, {"GET", key}, Clock::Real().SteadyNow() + absl::Seconds(10)};
    const absl::StatusOr<RedisReply> reply = co_await client->Call(std::move(get));
    if (!reply.ok() || reply->text.empty()) std::abort();
  }
  co_return 0;
}

Task<int> GetAll(Loop* loop, RedisClient* client, std::string key, int times, int at_once) {
  const auto left = std::make_shared<int>(times);
  std::vector<Task<int>> tasks;
  for (int i = 0; i < at_once; ++i) tasks.push_back(GetInTurn(client, key, left));
  const std::vector<int> done = co_await AwaitAll(loop, std::move(tasks));
  co_return static_cast<int>(done.size());
}

}  // namespace

BenchStore::BenchStore(const RedisServer& redis, const std::string& keyring_file)
    : keyring_(KeyringWatcher::Start(keyring_file, metrics_).value()) {
  RedisOptions options;
  options.endpoints.emplace_back();
  options.endpoints.back().unix_path = redis.unix_path();
  client_ = MakeRedisClient(loop_, std::move(options), 1);
  store_ = std::make_unique<RedisStore>(loop_, *client_, *keyring_, metrics_, RedisStoreOptions());
  thread_ = std::thread([this] { loop_.Run(); });
}

BenchStore::~BenchStore() {
  loop_.Stop();
  thread_.join();
  loop_.DropTasks();
}

void BenchStore::Init() {
  StoreAdmin admin(store_->parts().link);
  const absl::StatusOr<StoreInfo> made = Run(admin.Init(kDefaultShards));
  if (!made.ok()) std::abort();
}

Grant BenchStore::MakeGrant(const std::string& subject, const std::string& access_token,
                            const Times& times) {
  Grant grant;
  grant.key = {"default", "sim", subject};
  grant.access_token = Secret(access_token);
  grant.token_type = "Bearer";
  // Its own, as long as Spotify's.
  std::string refresh_token = "rt-" + subject;
  refresh_token.resize(kRefreshTokenBytes, 'r');
  grant.refresh_token = Secret(refresh_token);
  grant.client_id = "client";
  grant.scopes = {"playlist-read-private", "user-read-email"};
  grant.issued_at = absl::Now();
  grant.expires_at = times.expires_at;
  grant.refresh_at = times.refresh_at;
  grant.authorized_at = grant.created_at = grant.last_used_at = grant.issued_at;
  grant.owner = "spiffe://test.example/ns/music/sa/player";
  return grant;
}

void BenchStore::Put(std::vector<Grant> grants) {
  auto queue = std::make_shared<PutQueue>();
  queue->grants = std::move(grants);
  Run(PutAll(&loop_, store_.get(), std::move(queue)));
}

void BenchStore::GetMany(const std::string& key, int times, int at_once) {
  Run(GetAll(&loop_, client_.get(), key, times, at_once));
}

double BenchStore::CpuSeconds() { return ThreadCpuSecondsOf(thread_.native_handle()); }

}  // namespace tokenbroker

#include "tests/store/redis_under_test.h"

#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_split.h>

#include "base/log.h"
#include "redis/cluster_client.h"
#include "redis/direct_client.h"
#include "redis/make_redis_client.h"
#include "store/redis_keys.h"

namespace tokenbroker {
namespace {

constexpr char kCopy[] = ":remembered";

RedisOptions OptionsFor(const RedisServer& server, RedisOptions::Mode mode,
                        const RedisReplica::Setup& setup) {
  RedisOptions options;
  options.mode = mode;
  options.endpoints.emplace_back();
  if (mode == RedisOptions::Mode::kDirect) {
    options.endpoints.back().unix_path = server.unix_path();
  } else {
    options.endpoints.back().host = "127.0.0.1";
    options.endpoints.back().port = static_cast<uint16_t>(server.port());
  }
  options.database = setup.database;
  options.user = setup.user;
  if (!setup.password.empty()) {
    options.password = [password = setup.password] { return Secret(password); };
  }
  return options;
}

std::function<size_t()> PendingOf(RedisClient* client) {
  if (auto* direct = dynamic_cast<DirectClient*>(client)) {
    return [direct] { return direct->pending(); };
  }
  auto* cluster = dynamic_cast<ClusterClient*>(client);
  return [cluster] { return cluster->pending(); };
}

std::shared_ptr<RedisServer> StartCluster() {
  const std::vector<std::string> arguments = {"--cluster-enabled", "yes"};
  auto server = std::make_shared<RedisServer>(arguments);
  server->Command({"CLUSTER", "ADDSLOTSRANGE", "0", "16383"});
  while (!absl::StrContains(server->Command({"CLUSTER", "INFO"}), "cluster_state:ok")) {
  }
  return server;
}

RedisStoreOptions StoreOptions(const RedisReplica::Setup& setup) {
  RedisStoreOptions options;
  options.link.clock_chunk = kTestClockChunk;
  options.min_replica_acks = setup.min_replica_acks;
  options.replica_timeout = setup.replica_timeout;
  return options;
}

}  // namespace

Keyring KeyringOf(const std::vector<std::string>& ids) {
  std::vector<SealingKey> keys;
  for (const std::string& id : ids) {
    SealingKey& key = keys.emplace_back();
    key.id = id;
    key.key = Secret(std::string(32 - id.size(), 'k') + id);
    key.write_from = absl::FromUnixSeconds(static_cast<int64_t>(keys.size()));
  }
  return *Keyring::Make(std::move(keys));
}

RedisReplica::RedisReplica(Loop& loop, Clock& store_clock, RedisServer& server,
                           RedisOptions::Mode mode, Setup setup)
    : direct(MakeRedisClient(loop, OptionsFor(server, mode, setup), 1)),
      client(loop, *direct, PendingOf(direct.get()), server,
             [&store_clock] { return store_clock.TimeNow(); }),
      keyring(KeyringOf(setup.keys)),
      store(loop, client, keyring, metrics, StoreOptions(setup)) {}

std::string RedisReplica::MetricLines(const std::string& name) const {
  std::string lines;
  for (absl::string_view line : absl::StrSplit(metrics.Text(), '\n')) {
    if (absl::StartsWith(line, name)) absl::StrAppend(&lines, line, "\n");
  }
  return lines;
}

RedisUnderTest::RedisUnderTest(Loop& loop, SimulatedClock& clock,
                               std::shared_ptr<RedisServer> server, RedisOptions::Mode mode)
    : loop_(loop), clock_(clock), server_(std::move(server)), mode_(mode) {
  SetLogLevel(LogLevel::kError);
  server_->Command({"CONFIG", "SET", "maxmemory", "0"});
  server_->Command({"FLUSHALL"});
  std::string run_id = server_->Command({"INFO", "server"});
  run_id = run_id.substr(run_id.find("run_id:") + 7, 40);
  for (int shard = 0; shard < kDefaultShards; ++shard) {
    server_->Command({"HSET", MetaKey(shard), "store_id", "test", "schema", "1", "shards",
                      absl::StrCat(kDefaultShards), "min_writer", "1", "run_id", run_id,
                      "settle_until", "0"});
  }
  AddReplica();
}

RedisReplica& RedisUnderTest::AddReplica(const RedisReplica::Setup& setup) {
  return AddReplicaOver(*server_, setup);
}

RedisReplica& RedisUnderTest::AddReplicaOver(RedisServer& server,
                                             const RedisReplica::Setup& setup) {
  return replicas_.emplace_back(loop_, clock_, server, mode_, setup);
}

std::string RedisUnderTest::RecordOf(const GrantKey& key) {
  return GrantRedisKey(ShardOf(key, kDefaultShards), key);
}

std::string RedisUnderTest::Field(const GrantKey& key, const std::string& name) {
  return server_->Command({"HGET", RecordOf(key), name});
}

bool RedisUnderTest::WaitOutside() {
  bool waited = false;
  for (RedisReplica& replica : replicas_) waited = replica.client.WaitOutside() || waited;
  return waited;
}

void RedisUnderTest::BeginNoStore() {
  for (int shard = 0; shard < kDefaultShards; ++shard) server_->Command({"DEL", MetaKey(shard)});
}

void RedisUnderTest::SetSettleUntil(absl::Time until) {
  for (int shard = 0; shard < kDefaultShards; ++shard) {
    server_->Command(
        {"HSET", MetaKey(shard), "settle_until", absl::StrCat(absl::ToUnixMillis(until))});
  }
}

void RedisUnderTest::BeginSettling() { SetSettleUntil(Now() + kLease); }

void RedisUnderTest::EndSettling() { SetSettleUntil(absl::UnixEpoch()); }

void RedisUnderTest::MakeUnreadable(const GrantKey& key) {
  server_->Command({"HSET", RecordOf(key), "key_id", "another"});
}

void RedisUnderTest::Remember(const GrantKey& key) {
  server_->Command({"DEL", RecordOf(key) + kCopy});
  server_->Command({"COPY", RecordOf(key), RecordOf(key) + kCopy});
}

void RedisUnderTest::Rollback(const GrantKey& key) {
  const std::string due = DueKey(ShardOf(key, kDefaultShards), key.provider);
  server_->Command({"DEL", RecordOf(key)});
  server_->Command({"ZREM", due, MemberOf(key)});
  if (server_->Command({"COPY", RecordOf(key) + kCopy, RecordOf(key)}) != "1") return;
  const std::string refresh_at = Field(key, "refresh_at");
  server_->Command({"ZADD", due, refresh_at.empty() ? "+inf" : refresh_at, MemberOf(key)});
}

std::shared_ptr<RedisServer> SharedRedisServer() {
  static const auto server = std::make_shared<RedisServer>();
  return server;
}

StoreParam SharedRedis() {
  return {"Redis", [](Loop& loop, SimulatedClock& clock) {
            return std::make_unique<RedisUnderTest>(loop, clock, SharedRedisServer());
          }};
}

StoreParam SharedCluster() {
  return {"Cluster", [](Loop& loop, SimulatedClock& clock) {
            static const std::shared_ptr<RedisServer> server = StartCluster();
            return std::make_unique<RedisUnderTest>(loop, clock, server,
                                                    RedisOptions::Mode::kCluster);
          }};
}

StoreParam OwnRedis() {
  return {
      "OwnRedis", [](Loop& loop, SimulatedClock& clock) {
        const std::vector<std::string> durable = {
            "--appendonly", "yes", "--appendfsync", "always", "--repl-diskless-sync-delay", "0"};
        return std::make_unique<RedisUnderTest>(loop, clock,
                                                std::make_shared<RedisServer>(durable));
      }};
}

}  // namespace tokenbroker

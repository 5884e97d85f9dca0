#include "tests/store/redis_under_test.h"

#include <absl/strings/str_cat.h>

#include "base/log.h"
#include "store/redis_keys.h"

namespace tokenbroker {
namespace {

constexpr char kCopy[] = ":remembered";

RedisStoreOptions TestOptions() {
  RedisStoreOptions options;
  options.link.clock_chunk = kTestClockChunk;
  return options;
}

}  // namespace

Keyring KeyringOf(const std::string& id) {
  SealingKey key;
  key.id = id;
  key.key = Secret(std::string(32 - id.size(), 'k') + id);
  return *Keyring::Make({key});
}

RedisOptions OptionsOf(const RedisServer& server) {
  RedisOptions options;
  options.endpoints.emplace_back();
  options.endpoints.back().unix_path = server.unix_path();
  return options;
}

RedisUnderTest::RedisUnderTest(Loop& loop, SimulatedClock& clock, RedisServer& server)
    : clock_(clock),
      server_(server),
      direct_(loop, OptionsOf(server), 1),
      client_(loop, direct_, server, [this] { return clock_.TimeNow(); }),
      keyring_(KeyringOf("k1")),
      store_(loop, client_, keyring_, metrics_, TestOptions()) {
  SetLogLevel(LogLevel::kWarning);
  server_.Command({"FLUSHALL"});
  std::string run_id = server_.Command({"INFO", "server"});
  run_id = run_id.substr(run_id.find("run_id:") + 7, 40);
  for (int shard = 0; shard < kDefaultShards; ++shard) {
    server_.Command({"HSET", MetaKey(shard), "store_id", "test", "schema", "1", "shards",
                     absl::StrCat(kDefaultShards), "min_writer", "1", "run_id", run_id,
                     "settle_until", "0"});
  }
}

std::string RedisUnderTest::RecordOf(const GrantKey& key) {
  return GrantRedisKey(ShardOf(key, kDefaultShards), key);
}

void RedisUnderTest::BeginNoStore() {
  for (int shard = 0; shard < kDefaultShards; ++shard) server_.Command({"DEL", MetaKey(shard)});
}

void RedisUnderTest::SetSettleUntil(absl::Time until) {
  for (int shard = 0; shard < kDefaultShards; ++shard) {
    server_.Command(
        {"HSET", MetaKey(shard), "settle_until", absl::StrCat(absl::ToUnixMillis(until))});
  }
}

void RedisUnderTest::BeginSettling() { SetSettleUntil(Now() + kLease); }

void RedisUnderTest::EndSettling() { SetSettleUntil(absl::UnixEpoch()); }

void RedisUnderTest::MakeUnreadable(const GrantKey& key) {
  server_.Command({"HSET", RecordOf(key), "key_id", "another"});
}

void RedisUnderTest::Remember(const GrantKey& key) {
  server_.Command({"DEL", RecordOf(key) + kCopy});
  server_.Command({"COPY", RecordOf(key), RecordOf(key) + kCopy});
}

void RedisUnderTest::Rollback(const GrantKey& key) {
  const std::string due = DueKey(ShardOf(key, kDefaultShards), key.provider);
  server_.Command({"DEL", RecordOf(key)});
  server_.Command({"ZREM", due, MemberOf(key)});
  if (server_.Command({"COPY", RecordOf(key) + kCopy, RecordOf(key)}) != "1") return;
  const std::string refresh_at = server_.Command({"HGET", RecordOf(key), "refresh_at"});
  server_.Command({"ZADD", due, refresh_at.empty() ? "+inf" : refresh_at, MemberOf(key)});
}

}  // namespace tokenbroker

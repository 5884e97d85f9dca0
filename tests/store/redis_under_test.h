// The Redis store over a real server, as the contract suite sees it.
#pragma once

#include <deque>
#include <memory>
#include <string>

#include "base/metrics.h"
#include "crypto/keyring.h"
#include "redis/redis_client.h"
#include "redis/redis_options.h"
#include "store/redis_store.h"
#include "tests/store/offset_clock.h"
#include "tests/store/store_under_test.h"
#include "tests/store/tampered_client.h"

namespace tokenbroker {

// A keyring with these keys, of which the last one writes.
Keyring KeyringOf(const std::vector<std::string>& ids);

// What one broker has of the store.
struct RedisReplica {
  struct Setup {
    std::vector<std::string> keys = {"k1"};
    int min_replica_acks = 0;
    absl::Duration replica_timeout = absl::Milliseconds(100);
    int database = 0;
    std::string user = "";
    std::string password = "";
  };
  // `mode` is that of the server.
  RedisReplica(Loop& loop, Clock& store_clock, RedisServer& server, RedisOptions::Mode mode,
               Setup setup);

  // What `name` counts, without labels.
  std::string MetricLines(const std::string& name) const;

  std::unique_ptr<RedisClient> direct;
  TamperedClient client;
  FixedKeyring keyring;
  Metrics metrics;
  RedisStore store;
};

class RedisUnderTest : public StoreUnderTest {
 public:
  // Empties `server`, which may be shared by tests, and makes a store there.
  RedisUnderTest(Loop& loop, SimulatedClock& clock, std::shared_ptr<RedisServer> server,
                 RedisOptions::Mode mode = RedisOptions::Mode::kDirect);

  RedisServer& server() { return *server_; }
  RedisReplica& first() { return replicas_.front(); }
  RedisReplica& AddReplica(const RedisReplica::Setup& setup = {});
  // A broker that talks to another server.
  RedisReplica& AddReplicaOver(RedisServer& server, const RedisReplica::Setup& setup = {});
  // The key of the grant's record, and a field of it.
  std::string RecordOf(const GrantKey& key);
  std::string Field(const GrantKey& key, const std::string& name);

  GrantStore& grants() override { return first().store; }
  LoginStore& logins() override { return first().store; }
  absl::Time Now() override { return clock_.TimeNow(); }
  void JumpClock(absl::Duration d) override { clock_.Jump(d); }
  void Inject(StoreVerb verb, StoreFault fault) override { first().client.Inject(verb, fault); }
  void BeginNoStore() override;
  void BeginSettling() override;
  void EndSettling() override;
  void MakeUnreadable(const GrantKey& key) override;
  void Remember(const GrantKey& key) override;
  void Rollback(const GrantKey& key) override;
  void CutSubscription() override { first().client.Cut(); }
  void RestoreSubscription() override { first().client.Restore(); }
  bool WaitOutside() override;

 private:
  void SetSettleUntil(absl::Time until);

  Loop& loop_;
  OffsetClock clock_;
  std::shared_ptr<RedisServer> server_;
  const RedisOptions::Mode mode_;
  std::deque<RedisReplica> replicas_;
};

// One server for all tests that leave it as it was.
std::shared_ptr<RedisServer> SharedRedisServer();
// The shared server; a server of its own for each test, with an append-only file.
StoreParam SharedRedis();
StoreParam OwnRedis();
// A cluster of one node, which is as strict about slots as a large one.
StoreParam SharedCluster();

}  // namespace tokenbroker

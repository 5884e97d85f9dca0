// The Redis store over a real server, as the contract suite sees it.
#pragma once

#include <memory>
#include <string>

#include "base/metrics.h"
#include "crypto/keyring.h"
#include "redis/direct_client.h"
#include "store/redis_store.h"
#include "tests/store/offset_clock.h"
#include "tests/store/store_under_test.h"
#include "tests/store/tampered_client.h"

namespace tokenbroker {

// A keyring whose only key is called `id`.
Keyring KeyringOf(const std::string& id);
RedisOptions OptionsOf(const RedisServer& server);

class RedisUnderTest : public StoreUnderTest {
 public:
  // Empties `server`, which may be shared by tests, and makes a store there.
  RedisUnderTest(Loop& loop, SimulatedClock& clock, RedisServer& server);

  RedisServer& server() { return server_; }
  RedisStore& store() { return store_; }
  TamperedClient& client() { return client_; }
  // The key of the grant's record.
  std::string RecordOf(const GrantKey& key);

  GrantStore& grants() override { return store_; }
  LoginStore& logins() override { return store_; }
  absl::Time Now() override { return clock_.TimeNow(); }
  void JumpClock(absl::Duration d) override { clock_.Jump(d); }
  void Inject(StoreVerb verb, StoreFault fault) override { client_.Inject(verb, fault); }
  void BeginNoStore() override;
  void BeginSettling() override;
  void EndSettling() override;
  void MakeUnreadable(const GrantKey& key) override;
  void Remember(const GrantKey& key) override;
  void Rollback(const GrantKey& key) override;
  void CutSubscription() override { client_.Cut(); }
  void RestoreSubscription() override { client_.Restore(); }
  bool WaitOutside() override { return client_.WaitOutside(); }

 private:
  void SetSettleUntil(absl::Time until);

  OffsetClock clock_;
  RedisServer& server_;
  DirectClient direct_;
  TamperedClient client_;
  FixedKeyring keyring_;
  Metrics metrics_;
  RedisStore store_;
};

}  // namespace tokenbroker

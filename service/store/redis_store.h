// The store in Redis: what the refresh protocol keeps, for any number of replicas. Loop thread
// only.
//
// Records are sealed before they leave the process; scripts make every verb one atomic step in one
// slot. Answers of kUnavailable mean that Redis did not say, or (with min_replica_acks) that too
// few replicas confirmed: repeat with the same attempt.
//
//   RedisStore store(loop, client, keyring, metrics, {.replica = "broker-7d9f"});
//   store.Start();
#pragma once

#include <absl/time/time.h>

#include <string>
#include <utility>
#include <vector>

#include "base/metrics.h"
#include "crypto/keyring.h"
#include "io/loop.h"
#include "redis/redis_client.h"
#include "store/change_feed.h"
#include "store/grant_fields.h"
#include "store/grant_store.h"
#include "store/login_store.h"
#include "store/memory_watch.h"
#include "store/redis_due.h"
#include "store/redis_listing.h"
#include "store/redis_logins.h"
#include "store/redis_providers.h"
#include "store/redis_puts.h"
#include "store/redis_refreshes.h"
#include "store/replica_wait.h"
#include "store/store_link.h"

namespace tokenbroker {

struct RedisStoreOptions {
  // How many replicas must have a write before it counts; 0 for a lone Redis.
  int min_replica_acks = 0;
  // How long that may take.
  absl::Duration replica_timeout = absl::Seconds(1);
  // Names this process in heartbeats; no spaces. Empty: a random one.
  std::string replica;
  StoreLink::Options link;
};

class RedisStore : public GrantStore, public LoginStore {
 public:
  // Everything must outlive the store, and the store every call to it.
  RedisStore(Loop& loop, RedisClient& client, const KeyringSource& keyring, Metrics& metrics,
             RedisStoreOptions options);

  // Watches how full Redis is, from now on. Without it nothing is refused for that.
  void Start();
  // Who else uses the store, by the heartbeats; known once somebody has subscribed.
  Fleet& fleet() { return feed_.fleet(); }
  // The keys that our spills need, for the heartbeats.
  void SetSpillKeys(std::vector<std::string> keys) { feed_.SetSpillKeys(std::move(keys)); }
  // For administration and tests.
  RedisParts parts() { return parts_; }

  Task<LoadAnswer> Load(GrantKey key) override;
  Task<BeginRefreshAnswer> BeginRefresh(BeginRefreshRequest request) override;
  Task<RenewAnswer> Renew(RenewRequest request) override;
  Task<CommitAnswer> Commit(CommitRequest request) override;
  Task<FailAnswer> Fail(FailRequest request) override;
  Task<PutGrantAnswer> PutGrant(PutGrantRequest request) override;
  Task<ClaimAnswer> ClaimDue(std::string provider, int limit, absl::Duration push) override;
  Task<bool> Touch(std::vector<std::pair<GrantKey, absl::Time>> uses) override;
  Task<ListAnswer> List(GrantFilter filter, int page_size, std::string page) override;
  Task<KeyUsageAnswer> CountKeyUsage() override;
  Task<ProviderStateAnswer> GetProviderState(std::string provider) override;
  Task<ProviderStateAnswer> SetProviderState(std::string provider, ProviderChange change) override;
  int LiveReplicas() override;
  void Subscribe(ChangeListener* listener) override;

  std::string StatePrefix(const GrantKey& key) override;
  Task<CreateLoginAnswer> CreateLogin(std::string state, Login login) override;
  Task<BeginExchangeAnswer> PeekLogin(std::string state) override;
  Task<BeginExchangeAnswer> BeginExchange(BeginExchangeRequest request) override;
  Task<FinishExchangeAnswer> FinishExchange(FinishExchangeRequest request) override;

 private:
  StoreLink link_;
  GrantSealer sealer_;
  MemoryWatch memory_;
  ReplicaWait replicas_;
  const RedisParts parts_;
  RedisRefreshes refreshes_;
  RedisPuts puts_;
  RedisLogins logins_;
  RedisDue due_;
  RedisListing listing_;
  RedisProviders providers_;
  ChangeFeed feed_;
  const KeyringSource& keyring_;
};

}  // namespace tokenbroker

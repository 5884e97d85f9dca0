// The configuration in force: an immutable value that a reload replaces whole.
#pragma once

#include <absl/container/flat_hash_map.h>
#include <absl/strings/string_view.h>
#include <absl/time/time.h>
#include <absl/types/optional.h>

#include <memory>
#include <string>
#include <vector>

#include "config/audit_config.h"
#include "config/policy.h"
#include "config/provider_config.h"
#include "config/redis_store_config.h"
#include "config/tls_config.h"

namespace tokenbroker {

struct ServerConfig {
  std::string listen = "127.0.0.1:8443";
  std::string admin_listen = "127.0.0.1:9464";
  // How long a shutdown waits for calls and refreshes in flight.
  absl::Duration drain_timeout = absl::Seconds(30);
  // gRPC's MAX_CONNECTION_AGE and MAX_CONNECTION_AGE_GRACE.
  absl::Duration max_connection_age = absl::Minutes(30);
  absl::Duration max_connection_age_grace = absl::Minutes(5);
  bool insecure_plaintext = false;
  absl::optional<TlsConfig> tls;
  absl::optional<ServiceAccountTokensConfig> service_account_tokens;
  QuotaConfig quotas;
  AuditConfig audit;

  friend bool operator==(const ServerConfig&, const ServerConfig&) = default;
};

struct CacheConfig {
  // How long a token is served that the store cannot confirm.
  absl::Duration max_unverified = absl::Hours(1);

  friend bool operator==(const CacheConfig&, const CacheConfig&) = default;
};

enum class StoreKind { kMemory, kRedis };

// Needs a restart to change; only `providers` and the policy reload.
struct StoreConfig {
  StoreKind kind = StoreKind::kMemory;
  // Of kRedis.
  RedisStoreConfig redis;

  friend bool operator==(const StoreConfig&, const StoreConfig&) = default;
};

struct Snapshot {
  ServerConfig server;
  CacheConfig cache;
  StoreConfig store;
  absl::flat_hash_map<std::string, std::shared_ptr<const ProviderConfig>> providers;
  // Never null: without a policy file everybody may do everything.
  std::shared_ptr<const Policy> policy = Policy::Open();
  bool has_policy = false;

  // nullptr when the configuration names no such provider.
  std::shared_ptr<const ProviderConfig> FindProvider(absl::string_view name) const {
    const auto it = providers.find(name);
    return it == providers.end() ? nullptr : it->second;
  }
};

// Where everybody reads the configuration from. Any thread.
class ConfigSource {
 public:
  virtual ~ConfigSource() = default;
  // Never null. Keep the pointer for one use case, so that it sees one configuration.
  virtual std::shared_ptr<const Snapshot> Current() const = 0;
};

// A configuration that changes when it is told to; for tests and tools.
class FixedConfig : public ConfigSource {
 public:
  explicit FixedConfig(Snapshot snapshot)
      : current_(std::make_shared<const Snapshot>(std::move(snapshot))) {}
  std::shared_ptr<const Snapshot> Current() const override { return std::atomic_load(&current_); }
  void Set(Snapshot snapshot) {
    std::atomic_store(&current_, std::make_shared<const Snapshot>(std::move(snapshot)));
  }

 private:
  std::shared_ptr<const Snapshot> current_;
};

}  // namespace tokenbroker

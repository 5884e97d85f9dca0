#include "config/snapshot_builder.h"

#include <absl/strings/match.h>
#include <absl/strings/string_view.h>

#include "config/audit_rules.h"
#include "config/duration_field.h"
#include "config/network_rules.h"
#include "config/provider_rules.h"
#include "config/redis_store_rules.h"
#include "config/tls_rules.h"

namespace tokenbroker {
namespace {

namespace pb = config::v1;

ServerConfig BuildServer(const pb::Config& config, const std::string& folder,
                         ConfigErrors& errors) {
  ServerConfig server;
  if (config.server().has_listen()) server.listen = config.server().listen();
  if (config.admin().has_listen()) server.admin_listen = config.admin().listen();
  server.insecure_plaintext = config.server().insecure_plaintext();
  server.drain_timeout =
      PositiveDuration(config.server().has_drain_timeout(), config.server().drain_timeout(),
                       server.drain_timeout, "server.drain_timeout", errors);
  server.max_connection_age = PositiveDuration(
      config.server().has_max_connection_age(), config.server().max_connection_age(),
      server.max_connection_age, "server.max_connection_age", errors);
  server.max_connection_age_grace = PositiveDuration(
      config.server().has_max_connection_age_grace(), config.server().max_connection_age_grace(),
      server.max_connection_age_grace, "server.max_connection_age_grace", errors);

  if (config.server().has_tls()) server.tls = BuildTls(config.server(), folder, errors);
  if (config.server().has_service_account_tokens()) {
    server.service_account_tokens =
        BuildServiceAccountTokens(config.server().service_account_tokens(), folder, errors);
  }
  server.quotas = BuildQuotas(config.server().quotas(), errors);
  server.audit = BuildAudit(config.audit(), folder, errors);

  ListenerKind kind = ListenerKind::kLoopback;
  if (absl::Status s = ParseListener(server.listen, &kind); !s.ok()) {
    errors.Add("server.listen", s.message());
  } else if (server.tls && server.insecure_plaintext) {
    errors.Add("server.insecure_plaintext", "contradicts server.tls; take one of them out");
  } else if (kind == ListenerKind::kNetwork && !server.tls && !server.insecure_plaintext) {
    errors.Add("server.listen",
               "would carry access tokens in plaintext over a network; give the server tls, listen "
               "on 127.0.0.1 or unix:/path, or write insecure_plaintext: true");
  }
  if (absl::Status s = ParseListener(server.admin_listen, &kind); !s.ok()) {
    errors.Add("admin.listen", s.message());
  } else if (kind == ListenerKind::kUnix) {
    errors.Add("admin.listen", "is a unix socket; write host:port");
  }
  if (server.listen == server.admin_listen && !absl::EndsWith(server.listen, ":0")) {
    errors.Add("admin.listen", "is the address of server.listen; give it another port");
  }
  return server;
}

StoreConfig BuildStore(const pb::Store& in, const std::string& folder, ConfigErrors& errors) {
  StoreConfig store;
  if (in.has_memory() && in.has_redis()) {
    errors.Add("store", "names two stores; keep memory or redis");
  }
  if (!in.has_memory() && !in.has_redis()) {
    errors.Add(
        "store",
        "names no store; write redis: { uri: ... } below it, or memory: {}, which forgets at "
        "a restart");
  }
  if (!in.has_redis()) return store;
  store.kind = StoreKind::kRedis;
  store.redis = BuildRedisStore(in.redis(), folder, errors);
  return store;
}

}  // namespace

Snapshot BuildSnapshot(const pb::Config& config, const Presets& presets, const std::string& folder,
                       FileRecord& files, ConfigErrors& errors) {
  Snapshot snapshot;
  snapshot.server = BuildServer(config, folder, errors);
  snapshot.cache.max_unverified =
      PositiveDuration(config.cache().has_max_unverified(), config.cache().max_unverified(),
                       snapshot.cache.max_unverified, "cache.max_unverified", errors);
  snapshot.store = BuildStore(config.store(), folder, errors);
  if (config.providers().empty()) {
    errors.Add("providers", "names no provider; add one below it");
  }
  for (const auto& [name, provider] : config.providers()) {
    const ProviderSection section{name, provider, presets, folder};
    snapshot.providers[name] = BuildProvider(section, files, errors);
  }
  return snapshot;
}

}  // namespace tokenbroker

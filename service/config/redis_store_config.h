// What the configuration says about the store in Redis, validated. Immutable once published; any
// thread.
#pragma once

#include <string>
#include <vector>

namespace tokenbroker {

// How the primary that serves a key is found.
enum class RedisMode {
  kDirect,    // It is the one host.
  kUnix,      // It listens on a socket of this machine.
  kSentinel,  // The sentinels say where it is now.
  kCluster,   // Any node says which node serves which slot.
};

enum class RedisTransport { kPlain, kTls };

struct RedisHost {
  // A name or an address, an IPv6 one without its brackets.
  std::string host;
  int port = 0;

  friend bool operator==(const RedisHost&, const RedisHost&) = default;
};

// `store.redis.uri`, taken apart (config/redis_uri.h).
struct RedisUri {
  RedisMode mode = RedisMode::kDirect;
  RedisTransport transport = RedisTransport::kPlain;
  // kDirect: one; kSentinel: the sentinels; kCluster: some nodes; kUnix: none.
  std::vector<RedisHost> endpoints;
  // kUnix: the socket's absolute path.
  std::string socket_path;
  // The ACL user; empty: the default user.
  std::string user;
  // 0 for kCluster.
  int database = 0;
  // kSentinel: the name under which the sentinels watch the primary.
  std::string sentinel_master;

  friend bool operator==(const RedisUri&, const RedisUri&) = default;
};

// Paths are relative to the process's folder or absolute.
struct RedisStoreConfig {
  RedisUri uri;
  // Empty: no password.
  std::string password_file;
  std::string keyring_file;
  std::string spill_dir;
  // Whether an empty Redis is made a store at the start; for demo and development.
  bool create = false;
  // How many replicas must have a write of a rotating token before it counts; 0 for a lone Redis.
  int min_replica_acks = 0;
  // For kTls. Empty: the system's authorities; no client certificate.
  std::string ca_file;
  std::string certificate_file;
  std::string key_file;
  // For kSentinel: the sentinels' own ACL user and password. Empty: the default user; no password.
  std::string sentinel_user;
  std::string sentinel_password_file;

  friend bool operator==(const RedisStoreConfig&, const RedisStoreConfig&) = default;
};

}  // namespace tokenbroker

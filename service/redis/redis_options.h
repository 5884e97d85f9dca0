// Where Redis is and how to talk to it; the configuration is mapped to this.
#pragma once

#include <absl/status/statusor.h>
#include <absl/time/time.h>
#include <absl/types/optional.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/secret.h"
#include "redis/backoff.h"
#include "redis/redis_meters.h"

namespace tokenbroker {

struct RedisEndpoint {
  // A host name or an IP address; empty when `unix_path` is set.
  std::string host;
  uint16_t port = 6379;
  std::string unix_path;

  friend bool operator==(const RedisEndpoint& a, const RedisEndpoint& b) {
    return a.host == b.host && a.port == b.port && a.unix_path == b.unix_path;
  }
};

// "host:port" or the path; for logs and errors.
std::string ToString(const RedisEndpoint& endpoint);

// Asked on the loop thread whenever a connection is made, so that a changed password is used from
// then on. An error fails that attempt.
using RedisPasswordSource = std::function<absl::StatusOr<Secret>()>;

struct RedisTls {
  // PEM files, read anew whenever a connection is made. Empty: the system's authorities.
  std::string ca_file;
  // The client's own; both or neither.
  std::string certificate_file;
  std::string key_file;
  // The name that servers must prove; empty: the host that is connected to.
  std::string server_name;
};

struct RedisOptions {
  enum class Mode { kDirect, kSentinel, kCluster };
  Mode mode = Mode::kDirect;
  // kDirect: one, the server. kSentinel: the sentinels. kCluster: some of the nodes.
  std::vector<RedisEndpoint> endpoints;
  // Zero for kCluster, which knows no other.
  int database = 0;
  // Empty: the default user. It may run INFO, with sentinels ROLE, with a cluster CLUSTER SLOTS,
  // and what its user of this library calls.
  std::string user;
  // Unset: no AUTH.
  RedisPasswordSource password;
  absl::optional<RedisTls> tls;

  // kSentinel: the name under which the sentinels know the primary, and their own user.
  std::string sentinel_primary;
  std::string sentinel_user;
  RedisPasswordSource sentinel_password;

  // From the name's look-up to the end of the handshake.
  absl::Duration connect_timeout = absl::Seconds(3);
  // A connection that owes an answer and brings nothing for this long counts as lost: a peer that
  // went without a word must not be waited for.
  absl::Duration max_silence = absl::Seconds(2);
  // Bounds the commands of one connection that wait to be written or answered; those beyond fail.
  size_t max_unanswered_bytes = size_t{32} << 20;
  Backoff::Limits backoff;
  RedisMeters meters;
};

}  // namespace tokenbroker

#include "store/redis_access.h"

#include <utility>

#include "base/status_macros.h"
#include "config/secret_file.h"
#include "redis/cluster_client.h"
#include "redis/direct_client.h"

namespace tokenbroker {
namespace {

RedisOptions::Mode ModeOf(RedisMode mode) {
  switch (mode) {
    case RedisMode::kDirect:
    case RedisMode::kUnix:
      return RedisOptions::Mode::kDirect;
    case RedisMode::kSentinel:
      return RedisOptions::Mode::kSentinel;
    case RedisMode::kCluster:
      return RedisOptions::Mode::kCluster;
  }
  return RedisOptions::Mode::kDirect;
}

RedisPasswordSource PasswordIn(const std::string& path) {
  if (path.empty()) return nullptr;
  return [path]() -> absl::StatusOr<Secret> {
    FileRecord files(ReadSmallFile);
    TB_ASSIGN_OR_RETURN(ClientSecret secret, ReadSecretFile(path, files));
    return std::move(secret.secret);
  };
}

}  // namespace

RedisOptions ToRedisOptions(const RedisStoreConfig& config) {
  const RedisUri& uri = config.uri;
  RedisOptions options;
  options.mode = ModeOf(uri.mode);
  for (const RedisHost& host : uri.endpoints) {
    options.endpoints.push_back({host.host, static_cast<uint16_t>(host.port), ""});
  }
  if (uri.mode == RedisMode::kUnix) options.endpoints.push_back({"", 0, uri.socket_path});
  options.database = uri.database;
  options.user = uri.user;
  options.password = PasswordIn(config.password_file);
  options.sentinel_primary = uri.sentinel_master;
  options.sentinel_user = config.sentinel_user;
  options.sentinel_password = PasswordIn(config.sentinel_password_file);
  if (uri.transport == RedisTransport::kTls) {
    options.tls = RedisTls{config.ca_file, config.certificate_file, config.key_file, ""};
  }
  return options;
}

std::unique_ptr<RedisClient> MakeRedisClient(Loop& loop, const RedisStoreConfig& config,
                                             uint64_t jitter_seed, RedisMeters meters) {
  RedisOptions options = ToRedisOptions(config);
  options.meters = meters;
  if (options.mode == RedisOptions::Mode::kCluster) {
    return std::make_unique<ClusterClient>(loop, std::move(options), jitter_seed);
  }
  return std::make_unique<DirectClient>(loop, std::move(options), jitter_seed);
}

}  // namespace tokenbroker

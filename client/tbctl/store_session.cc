#include "client/tbctl/store_session.h"

#include <absl/strings/str_cat.h>
#include <sys/resource.h>

#include <cstring>
#include <vector>

#include "base/log.h"
#include "base/status_macros.h"
#include "config/keyring_file.h"
#include "config/load_config.h"
#include "config/redis_uri.h"
#include "crypto/random.h"
#include "oauth/presets.h"
#include "store/redis_access.h"

namespace tokenbroker::tbctl {
namespace {

uint64_t Seed() {
  const std::string bytes = RandomBytes(sizeof(uint64_t));
  uint64_t seed = 0;
  std::memcpy(&seed, bytes.data(), sizeof(seed));
  return seed;
}

// Keys and tokens are in our memory.
void ForbidCoreDumps() {
  const rlimit none = {0, 0};
  setrlimit(RLIMIT_CORE, &none);
}

}  // namespace

absl::StatusOr<Snapshot> ReadBrokerConfig(const std::string& config_file) {
  TB_ASSIGN_OR_RETURN(Snapshot config,
                      LoadConfig(config_file, ProcessEnvironment(), BuiltInPresets()));
  if (config.store.kind == StoreKind::kRedis) return config;
  return absl::InvalidArgumentError(
      absl::StrCat(config_file,
                   ": store.redis: is missing; name the Redis that the brokers share, as in "
                   "store: { redis: { uri: redis://host:6379/0, keyring_file: ..., spill_dir: ... "
                   "} }"));
}

absl::StatusOr<Keyring> ReadBrokerKeyring(const Snapshot& config) {
  FileRecord files(ReadSmallFile);
  absl::StatusOr<Keyring> keyring = ReadKeyringFile(config.store.redis.keyring_file, files);
  if (keyring.ok()) return keyring;
  return absl::InvalidArgumentError(
      absl::StrCat("store.redis.keyring_file: ", keyring.status().message()));
}

StoreSession::StoreSession(Snapshot config, absl::Duration patience)
    : config_(std::move(config)),
      patience_(patience),
      loop_(Clock::Real()),
      client_(MakeRedisClient(loop_, config_.store.redis, Seed())) {
  ForbidCoreDumps();
  // What is wrong is told in words, once.
  SetLogLevel(LogLevel::kError);
}

Task<absl::Status> StoreSession::Reach() {
  RedisCommand command{"", {"INFO", "server"}, loop_.clock().SteadyNow() + patience_};
  const absl::StatusOr<RedisReply> reply = co_await client_->Call(std::move(command));
  if (reply.ok()) co_return absl::OkStatus();
  co_return absl::UnavailableError(absl::StrCat(RedisUriText(config_.store.redis.uri),
                                                " does not answer: ", reply.status().message()));
}

ExitCode FailStore(const absl::Status& status, std::ostream& err) {
  err << "tbctl: " << status.message() << "\n";
  switch (status.code()) {
    case absl::StatusCode::kInvalidArgument:
      return ExitCode::kUsage;
    case absl::StatusCode::kUnavailable:
      return ExitCode::kTryLater;
    case absl::StatusCode::kNotFound:
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kPermissionDenied:
      return ExitCode::kOperatorMustAct;
    default:
      return ExitCode::kFailed;
  }
}

}  // namespace tokenbroker::tbctl

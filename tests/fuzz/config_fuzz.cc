// A configuration file of any bytes: refused with errors that can be logged, or a sound snapshot.
// Touches no file.
#include <absl/strings/ascii.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "config/load_config.h"

namespace tokenbroker {
namespace {

Presets MakePresets() {
  Presets presets;
  config::v1::Provider& provider = presets["spotify"].provider;
  provider.set_authorization_endpoint("https://accounts.example/authorize");
  provider.set_token_endpoint("https://accounts.example/token");
  presets["spotify"].redirect_refusal = "write http://127.0.0.1 instead";
  return presets;
}

constexpr char kPolicy[] = "rules: [ { name: r, callers: [ anonymous ], rpcs: [ GetStatus ] } ]";

FileReader FilesThatHold(const std::string& content) {
  return [content](const std::string& path, size_t) -> absl::StatusOr<Secret> {
    if (path.find("policy") != std::string::npos) return Secret(std::string(kPolicy));
    if (path.find("missing") != std::string::npos) return absl::NotFoundError("does not exist");
    return Secret(content);
  };
}

absl::optional<std::string> Variable(const std::string& name) {
  if (name.size() > 3) return absl::nullopt;
  return name + "\n${X}: [";
}

void Require(bool holds) {
  if (!holds) std::abort();
}

void CheckErrors(const std::string& errors) {
  Require(!errors.empty() && errors.size() < 100'000);
  Require(std::all_of(errors.begin(), errors.end(), [](char c) {
    return c == '\n' || absl::ascii_isprint(static_cast<unsigned char>(c));
  }));
}

void CheckProvider(const ProviderConfig& provider) {
  Require(!provider.client_id.empty());
  Require(!provider.issuer.empty() || !provider.token_endpoint.empty());
  Require(provider.client_secrets.empty() ==
          (provider.client_authentication == ClientAuthentication::kNone));
  Require(provider.max_in_flight > 0 && provider.request_timeout > absl::ZeroDuration());
  Require((provider.refresh.rotation == Rotation::kGrace) ==
          (provider.refresh.rotation_grace > absl::ZeroDuration()));
  Require(provider.authorization_params.count("state") == 0);
}

void CheckStore(const StoreConfig& store) {
  if (store.kind == StoreKind::kMemory) return;
  const RedisStoreConfig& redis = store.redis;
  Require(!redis.keyring_file.empty() && !redis.spill_dir.empty() && redis.min_replica_acks >= 0);
  Require(redis.uri.user.empty() || !redis.password_file.empty());
  Require(redis.certificate_file.empty() == redis.key_file.empty());
  Require(redis.uri.endpoints.empty() == (redis.uri.mode == RedisMode::kUnix));
  Require(redis.uri.socket_path.empty() == (redis.uri.mode != RedisMode::kUnix));
  Require(redis.uri.sentinel_master.empty() == (redis.uri.mode != RedisMode::kSentinel));
  Require(redis.uri.endpoints.size() < 2 || redis.uri.mode != RedisMode::kDirect);
  Require(redis.uri.database >= 0 &&
          (redis.uri.database == 0 || redis.uri.mode != RedisMode::kCluster));
  for (const RedisHost& endpoint : redis.uri.endpoints) {
    Require(!endpoint.host.empty() && endpoint.port > 0 && endpoint.port < 65536);
  }
}

absl::StatusOr<Snapshot> Parse(absl::string_view text, const std::string& secret) {
  static const Presets& presets = *new Presets(MakePresets());
  FileRecord files(FilesThatHold(secret));
  return ParseConfig(text, "/etc/config.yaml", Variable, presets, files);
}

void CheckConfig(absl::string_view text) {
  const absl::StatusOr<Snapshot> snapshot = Parse(text, "one");
  if (!snapshot.ok()) {
    CheckErrors(std::string(snapshot.status().message()));
    // What a secret file holds does not show.
    Require(snapshot.status() == Parse(text, "two").status());
    return;
  }
  CheckStore(snapshot->store);
  Require(!snapshot->providers.empty());
  Require(snapshot->has_policy == (snapshot->policy != Policy::Open()));
  for (const auto& [name, provider] : snapshot->providers) CheckProvider(*provider);
}

}  // namespace
}  // namespace tokenbroker

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  tokenbroker::CheckConfig(absl::string_view(reinterpret_cast<const char*>(data), size));
  return 0;
}

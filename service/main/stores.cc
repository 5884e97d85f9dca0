#include "main/stores.h"

#include <absl/strings/str_cat.h>

#include <cstring>
#include <thread>
#include <utility>

#include "base/status_macros.h"
#include "config/keyring_watcher.h"
#include "config/periodic_check.h"
#include "config/redis_uri.h"
#include "crypto/random.h"
#include "crypto/sealer.h"
#include "io/worker.h"
#include "store/file_spill.h"
#include "store/memory_store.h"
#include "store/redis_access.h"
#include "store/redis_store.h"
#include "store/redis_upkeep.h"
#include "store/spill_folder.h"

namespace tokenbroker {
namespace {

constexpr absl::Duration kKeyringCheck = absl::Seconds(1);

uint64_t Seed() {
  const std::string bytes = RandomBytes(sizeof(uint64_t));
  uint64_t seed = 0;
  std::memcpy(&seed, bytes.data(), sizeof(seed));
  return seed;
}

absl::Status At(absl::string_view key, const absl::Status& status) {
  return absl::Status(status.code(), absl::StrCat(key, ": ", status.message()));
}

class MemoryStores : public Stores {
 public:
  MemoryStores(Loop& loop, Metrics& metrics) : clock_(loop.clock()), store_(loop, clock_) {
    StoreReachable(metrics).Set(1);
  }

  GrantStore& grants() override { return store_; }
  LoginStore& logins() override { return store_; }
  Spill& spill() override { return spill_; }
  StoreStatus Status() const override {
    StoreStatus status;
    status.location = "memory";
    return status;
  }
  void Start(absl::AnyInvocable<void(absl::Status)>) override {}
  void Stop() override {}

 private:
  // Due times must not notice that somebody sets the machine's clock.
  MonotonicClock clock_;
  MemoryStore store_;
  NoSpill spill_;
};

RedisStoreOptions OptionsOf(const RedisStoreConfig& config) {
  RedisStoreOptions options;
  options.min_replica_acks = config.min_replica_acks;
  return options;
}

class RedisStores final : public Stores {
 public:
  RedisStores(Loop& loop, Metrics& metrics, const RedisStoreConfig& config,
              std::unique_ptr<KeyringWatcher> keyring, SpillFolder folder)
      : loop_(loop),
        config_(config),
        keyring_(std::move(keyring)),
        sealer_(*keyring_),
        client_(MakeRedisClient(loop, config, Seed(), RedisMeters(metrics))),
        store_(loop, *client_, *keyring_, metrics, OptionsOf(config)),
        worker_(loop),
        spill_(loop, worker_, metrics, std::move(folder), sealer_) {
    spill_.OnKeysChange(
        [this](std::vector<std::string> keys) { store_.SetSpillKeys(std::move(keys)); });
  }
  ~RedisStores() override { Stop(); }

  GrantStore& grants() override { return store_; }
  LoginStore& logins() override { return store_; }
  Spill& spill() override { return spill_; }
  StoreStatus Status() const override {
    StoreStatus status;
    status.location = RedisUriText(config_.uri);
    status.spilled_writes = static_cast<int64_t>(spill_.size());
    status.spill_writable = spill_.Writable();
    const std::shared_ptr<const Keyring> keyring = keyring_->Current();
    status.write_key_id = keyring->WriteKey(loop_.clock().TimeNow()).id;
    status.keys = static_cast<int64_t>(keyring->keys().size());
    return status;
  }

  void Start(absl::AnyInvocable<void(absl::Status)> unfit) override {
    keyring_thread_ = std::jthread([this](std::stop_token stop) {
      CheckPeriodically(std::move(stop), kKeyringCheck, [this] { keyring_->CheckNow(); });
    });
    store_.Start();
    spill_.Start();
    const auto missing =
        config_.create ? RedisUpkeep::Missing::kCreate : RedisUpkeep::Missing::kRefuse;
    upkeep_ = std::make_unique<RedisUpkeep>(loop_, store_, *keyring_, missing,
                                            config_.min_replica_acks, std::move(unfit));
    upkeep_->Start();
  }
  void Stop() override {
    keyring_thread_ = {};
    worker_.Stop();
  }

 private:
  Loop& loop_;
  const RedisStoreConfig config_;
  const std::unique_ptr<KeyringWatcher> keyring_;
  const Sealer sealer_;
  const std::unique_ptr<RedisClient> client_;
  RedisStore store_;
  Worker worker_;
  FileSpill spill_;
  std::unique_ptr<RedisUpkeep> upkeep_;
  std::jthread keyring_thread_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Stores>> Stores::Make(Loop& loop, Metrics& metrics,
                                                     const StoreConfig& config) {
  if (config.kind == StoreKind::kMemory) return std::make_unique<MemoryStores>(loop, metrics);
  const RedisStoreConfig& redis = config.redis;
  auto keyring = KeyringWatcher::Start(redis.keyring_file, metrics);
  if (!keyring.ok()) return At("store.redis.keyring_file", keyring.status());
  auto folder = SpillFolder::Open(redis.spill_dir);
  if (!folder.ok()) return At("store.redis.spill_dir", folder.status());
  return std::make_unique<RedisStores>(loop, metrics, redis, *std::move(keyring),
                                       *std::move(folder));
}

}  // namespace tokenbroker

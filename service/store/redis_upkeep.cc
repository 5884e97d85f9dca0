#include "store/redis_upkeep.h"

#include <absl/strings/str_cat.h>

#include <utility>

#include "base/log.h"
#include "base/status_macros.h"
#include "store/grant_walk.h"
#include "store/redis_keys.h"

namespace tokenbroker {
namespace {

constexpr absl::Duration kAskAgain = absl::Seconds(1);
constexpr absl::Duration kKeyCheck = absl::Seconds(10);
constexpr absl::Duration kWalkAgain = absl::Minutes(1);
// Between two batches of a walk.
constexpr absl::Duration kWalkPause = absl::Milliseconds(20);

}  // namespace

RedisUpkeep::RedisUpkeep(Loop& loop, RedisStore& store, const KeyringSource& keyring,
                         Missing missing, int min_replica_acks,
                         absl::AnyInvocable<void(absl::Status)> unfit)
    : loop_(loop),
      store_(store),
      keyring_(keyring),
      missing_(missing),
      min_replica_acks_(min_replica_acks),
      unfit_(std::move(unfit)) {}

void RedisUpkeep::Start() { loop_.Spawn(Run()); }

Task<void> RedisUpkeep::Run() {
  absl::Status fit = co_await LookAtStore();
  if (fit.ok()) fit = co_await LookAtServers();
  if (!fit.ok()) {
    Log(LogLevel::kError, "store_unfit", {{"error", fit.message()}});
    unfit_(std::move(fit));
    co_return;
  }
  Log(LogLevel::kInfo, "store_found");
  co_await KeepSealed();
}

Task<absl::Status> RedisUpkeep::LookAtStore() {
  StoreAdmin admin(store_.parts().link);
  for (bool told = false;; told = true) {
    absl::Status status = co_await admin.MayStart();
    if (absl::IsNotFound(status) && missing_ == Missing::kCreate) {
      const absl::StatusOr<StoreInfo> made = co_await admin.Init(kDefaultShards);
      status = made.status();
    }
    if (status.ok() || absl::IsFailedPrecondition(status)) co_return status;
    if (!told) {
      Log(LogLevel::kError, "store_not_found_yet", {{"error", status.message()}});
    }
    co_await loop_.Sleep(kAskAgain);
  }
}

Task<absl::Status> RedisUpkeep::LookAtServers() {
  StoreAdmin admin(store_.parts().link);
  const std::vector<ServerFinding> findings = co_await admin.CheckServers(min_replica_acks_);
  absl::Status verdict;
  for (const ServerFinding& finding : findings) {
    const bool fatal = finding.severity == ServerFinding::Severity::kFatal;
    Log(fatal ? LogLevel::kError : LogLevel::kWarning, "store_finding",
        {{"message", finding.text}});
    if (fatal) verdict = absl::FailedPreconditionError(finding.text);
  }
  co_return verdict;
}

Task<void> RedisUpkeep::KeepSealed() {
  std::string done;
  for (;;) {
    const std::string key = WriteKey();
    if (key == done) {
      co_await loop_.Sleep(kKeyCheck);
      continue;
    }
    GrantWalk walk(store_.parts(), kWalkPause);
    const absl::StatusOr<WalkResult> walked = co_await walk.Run(GrantWalk::What::kReseal);
    if (walked.ok()) {
      done = key;
      Log(LogLevel::kInfo, "grants_resealed",
          {{"key", key}, {"resealed", walked->resealed}, {"unreadable", walked->unreadable}});
    } else {
      co_await loop_.Sleep(kWalkAgain);
    }
  }
}

std::string RedisUpkeep::WriteKey() const {
  return keyring_.Current()->WriteKey(loop_.clock().TimeNow()).id;
}

}  // namespace tokenbroker

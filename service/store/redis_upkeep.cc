#include "store/redis_upkeep.h"

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/log.h"
#include "base/status_macros.h"
#include "crypto/random.h"
#include "store/grant_walk.h"
#include "store/redis_keys.h"

namespace tokenbroker {
namespace {

constexpr absl::Duration kAskAgain = absl::Seconds(1);
constexpr absl::Duration kKeyCheck = absl::Seconds(10);
constexpr absl::Duration kWalkAgain = absl::Minutes(1);
// Between two batches of a walk.
constexpr absl::Duration kWalkPause = absl::Milliseconds(20);
constexpr absl::Duration kLookAgain = absl::Minutes(5);
// Replicas that start together need not count together.
constexpr absl::Duration kFirstCount = absl::Seconds(30);

uint64_t Seed() {
  const std::string bytes = RandomBytes(sizeof(uint64_t));
  uint64_t seed = 0;
  std::memcpy(&seed, bytes.data(), sizeof(seed));
  return seed;
}

}  // namespace

RedisUpkeep::RedisUpkeep(Loop& loop, RedisStore& store, const KeyringSource& keyring,
                         Missing missing, int min_replica_acks,
                         absl::AnyInvocable<void(absl::Status)> unfit)
    : loop_(loop),
      store_(store),
      keyring_(keyring),
      missing_(missing),
      min_replica_acks_(min_replica_acks),
      unfit_(std::move(unfit)),
      admin_(store.parts().link),
      census_(store.parts(), kWalkPause),
      jitter_(Seed()) {}

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
  loop_.Spawn(KeepLooking());
  loop_.Spawn(KeepCounting());
  co_await KeepSealed();
}

Task<absl::Status> RedisUpkeep::LookAtStore() {
  for (bool told = false;; told = true) {
    absl::Status status = co_await admin_.MayStart();
    if (absl::IsNotFound(status) && missing_ == Missing::kCreate) {
      const absl::StatusOr<StoreInfo> made = co_await admin_.Init(kDefaultShards);
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
  std::vector<ServerFinding> findings = co_await admin_.CheckServers(min_replica_acks_);
  absl::Status verdict;
  for (const ServerFinding& finding : findings) {
    const bool fatal = finding.severity == ServerFinding::Severity::kFatal;
    if (fatal) verdict = absl::FailedPreconditionError(finding.text);
    const bool known = std::find(found_.begin(), found_.end(), finding) != found_.end();
    if (known) continue;
    Log(fatal ? LogLevel::kError : LogLevel::kWarning, "store_finding",
        {{"message", finding.text}});
  }
  found_ = std::move(findings);
  for (const ServerFinding::What what : kAllFindings) {
    const bool is_found =
        std::any_of(found_.begin(), found_.end(),
                    [what](const ServerFinding& finding) { return finding.what == what; });
    store_.parts()
        .link.metrics()
        .Gauge("tokenbroker_store_finding", "1 while the last look at the servers found this.",
               {{"finding", std::string(FindingName(what))}})
        .Set(is_found ? 1 : 0);
  }
  co_return verdict;
}

// What turns up later is told, and stops nobody.
Task<void> RedisUpkeep::KeepLooking() {
  for (;;) {
    co_await loop_.Sleep(kLookAgain);
    [[maybe_unused]] const absl::Status verdict = co_await LookAtServers();
  }
}

Task<void> RedisUpkeep::KeepCounting() {
  absl::Duration pause = jitter_.Below(kFirstCount);
  for (;;) {
    co_await loop_.Sleep(pause);
    const SteadyTime begun = loop_.clock().SteadyNow();
    const absl::Status counted = co_await census_.Run();
    if (!counted.ok()) Log(LogLevel::kInfo, "grants_not_counted", {{"why", counted.message()}});
    const absl::Duration took = loop_.clock().SteadyNow() - begun;
    pause = jitter_.Around(PauseAfterCount(took, store_.LiveReplicas()), 0.2);
  }
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

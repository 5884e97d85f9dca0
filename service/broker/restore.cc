#include "broker/restore.h"

#include <utility>
#include <vector>

#include "base/log.h"
#include "broker/refresh_flight.h"
#include "crypto/random.h"
#include "io/await_all.h"

namespace tokenbroker {
namespace {

using Outcome = PutGrantAnswer::Outcome;

constexpr size_t kAtOnce = 32;
constexpr size_t kAttemptBytes = 16;
constexpr absl::Duration kAgain = absl::Milliseconds(100);

// True when the store took it.
Task<bool> RestoreUntil(BrokerParts* parts, Grant grant, SteadyTime give_up) {
  for (;;) {
    const Outcome outcome = co_await RestoreGrant(parts, grant);
    const bool decided = outcome != Outcome::kUnavailable && outcome != Outcome::kNoStore &&
                         outcome != Outcome::kExpired;
    if (decided || parts->Now() >= give_up) co_return outcome == Outcome::kStored;
    co_await parts->loop.Sleep(kAgain);
  }
}

}  // namespace

Task<Outcome> RestoreGrant(BrokerParts* parts, Grant grant) {
  PutGrantRequest put;
  put.kind = PutKind::kRestore;
  put.attempt = RandomBytes(kAttemptBytes);
  put.generation = grant.generation;
  put.not_after = parts->Now() + kLeaseRenewal;
  put.record = std::move(grant);
  const PutGrantAnswer answer = co_await parts->grants.PutGrant(std::move(put));
  co_return answer.outcome;
}

Task<void> RestoreRecentCommits(BrokerParts* parts) {
  const SteadyTime give_up = parts->Now() + kLease;
  std::vector<Grant> grants = parts->recent_commits.All(parts->Now());
  int64_t restored = 0;
  std::vector<Task<bool>> batch;
  for (size_t i = 0; i < grants.size(); ++i) {
    batch.push_back(RestoreUntil(parts, std::move(grants[i]), give_up));
    if (batch.size() < kAtOnce && i + 1 < grants.size()) continue;
    const std::vector<bool> taken = co_await AwaitAll(&parts->loop, std::exchange(batch, {}));
    restored += std::count(taken.begin(), taken.end(), true);
  }
  if (restored > 0) Log(LogLevel::kWarning, "lost_commits_restored", {{"grants", restored}});
}

}  // namespace tokenbroker

#include "broker/restore.h"

#include <algorithm>
#include <memory>
#include <numeric>
#include <utility>
#include <vector>

#include "base/log.h"
#include "io/await_all.h"

namespace tokenbroker {
namespace {

constexpr size_t kAtOnce = 32;
constexpr absl::Duration kAgain = absl::Milliseconds(100);

using Queue = std::vector<RecentCommit>;

// Until the store has decided. True when it took it.
Task<bool> RestoreUntil(BrokerParts* parts, RecentCommit commit, SteadyTime give_up) {
  for (;;) {
    const Restored restored = co_await RestoreGrant(parts, commit);
    const bool decided = restored != Restored::kAgain;
    if (decided || parts->Now() >= give_up) co_return restored == Restored::kYes;
    co_await parts->loop.Sleep(kAgain);
  }
}

// One after the other, of those that are left; how many the store took.
Task<int64_t> RestoreSome(BrokerParts* parts, std::shared_ptr<Queue> left, SteadyTime give_up) {
  int64_t restored = 0;
  while (!left->empty()) {
    RecentCommit commit = std::move(left->back());
    left->pop_back();
    const bool taken = co_await RestoreUntil(parts, std::move(commit), give_up);
    if (taken) ++restored;
  }
  co_return restored;
}

}  // namespace

Task<Restored> RestoreGrant(BrokerParts* parts, RecentCommit commit) {
  using Outcome = PutGrantAnswer::Outcome;
  PutGrantRequest put;
  put.kind = PutKind::kRestore;
  put.attempt = std::move(commit.attempt);
  put.generation = commit.grant->generation;
  put.not_after = parts->Now() + kLeaseRenewal;
  put.record = *std::move(commit.grant);
  const PutGrantAnswer answer = co_await parts->grants.PutGrant(std::move(put));
  const bool there = answer.outcome == Outcome::kStored || answer.outcome == Outcome::kAlready;
  if (there || answer.unreplicated) co_return Restored::kYes;
  const bool refused = answer.outcome == Outcome::kLost || answer.outcome == Outcome::kRenumber;
  co_return refused ? Restored::kNo : Restored::kAgain;
}

Task<void> RestoreRecentCommits(BrokerParts* parts) {
  const SteadyTime give_up = parts->Now() + kLease;
  const auto left = std::make_shared<Queue>(parts->recent_commits.All(parts->Now()));
  std::vector<Task<int64_t>> workers;
  for (size_t i = 0; i < std::min(kAtOnce, left->size()); ++i) {
    workers.push_back(RestoreSome(parts, left, give_up));
  }
  const std::vector<int64_t> counts = co_await AwaitAll(&parts->loop, std::move(workers));
  const int64_t restored = std::accumulate(counts.begin(), counts.end(), int64_t{0});
  if (restored > 0) Log(LogLevel::kWarning, "lost_commits_restored", {{"grants", restored}});
}

}  // namespace tokenbroker

// How the cache follows the store: loads, change messages, and last uses the other way.
#include <utility>
#include <vector>

#include "broker/begin.h"
#include "broker/token_broker.h"

namespace tokenbroker {
namespace {

// An answer that a change message overtook is asked for again, so often at most.
constexpr int kMaxLoads = 3;

}  // namespace

Task<TokenBroker::LoadResult> TokenBroker::Load(GrantKey key) {
  LoadResult result;
  for (int loads = 0; loads < kMaxLoads; ++loads) {
    const LoadAnswer answer = co_await parts_.grants.Load(key);
    TakeIn(key, answer, &result);
    const int64_t generation = answer.grant ? answer.grant->generation : INT64_MAX;
    if (!parts_.announced.Overtook(key, generation)) break;
  }
  if (!refreshes_.InFlight(key)) parts_.announced.Forget(key);
  co_return result;
}

void TokenBroker::TakeIn(const GrantKey& key, const LoadAnswer& answer, LoadResult* result) {
  result->outcome = answer.outcome;
  if (answer.outcome == LoadAnswer::Outcome::kNotFound) {
    parts_.cache.Erase(key.view(), INT64_MAX);
  } else if (answer.grant && answer.grant->state == GrantState::kDeleted) {
    parts_.cache.Erase(key.view(), answer.grant->generation);
    result->outcome = LoadAnswer::Outcome::kNotFound;
  } else if (answer.grant) {
    Remember(&parts_, *answer.grant, answer.time);
  }
}

Task<void> TokenBroker::FlushUses() {
  const absl::Time now = parts_.StoreNow();
  for (const GrantKey& key : parts_.cache.DrainUses()) uses_[key] = now;
  if (uses_.empty()) co_return;
  const auto told = std::exchange(uses_, {});
  std::vector<std::pair<GrantKey, absl::Time>> uses(told.begin(), told.end());
  const bool taken = co_await parts_.grants.Touch(std::move(uses));
  if (!taken) uses_.insert(told.begin(), told.end());
}

void TokenBroker::OnChange(const Change& change) {
  const GrantKey& key = change.key;
  parts_.changes.Wake(key);
  if (change.kind != ChangeKind::kFailure) parts_.failures.erase(key);
  if (loads_.InFlight(key) || refreshes_.InFlight(key)) {
    parts_.announced.Announce(key, change.generation);
  }
  const std::shared_ptr<const CachedToken> known = parts_.cache.Peek(key.view());
  // What was taken away, and what may be another account's, is not served until the store answers.
  const bool ended = change.kind == ChangeKind::kDelete || change.kind == ChangeKind::kRevoke;
  if (ended) parts_.cache.Erase(key.view(), change.generation);
  if (change.kind == ChangeKind::kLogin) parts_.cache.Erase(key.view(), change.generation - 1);
  if (ended || known == nullptr) return;
  const bool state_may_differ = change.kind == ChangeKind::kFailure && !refreshes_.InFlight(key);
  if (known->generation >= change.generation && !state_may_differ) return;
  loads_.Launch(key, [this, key] { return Load(key); });
}

void TokenBroker::OnCut() {
  if (verified_.exchange(false)) cut_at_ = parts_.Now();
}

void TokenBroker::OnConnected() {
  // What changed while nobody listened is not known: every entry is asked for anew when it is used.
  parts_.cache.Clear();
  verified_ = true;
}

}  // namespace tokenbroker

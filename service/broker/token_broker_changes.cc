// How the cache follows the store: loads, change messages, and last uses the other way.
#include <algorithm>
#include <utility>
#include <vector>

#include "base/log.h"
#include "broker/remember.h"
#include "broker/restore.h"
#include "broker/token_broker.h"

namespace tokenbroker {
namespace {

// An answer that a change message overtook is asked for again, so often at most.
constexpr int kMaxLoads = 3;
// Between the tries to load what a change message told of.
constexpr absl::Duration kFirstPause = absl::Milliseconds(100);
constexpr absl::Duration kLongestPause = absl::Seconds(2);

// What the store has: 0 for nothing, INT64_MAX when it did not say.
int64_t GenerationOf(const LoadAnswer& answer) {
  if (answer.grant) return answer.grant->generation;
  const bool said = answer.outcome == LoadAnswer::Outcome::kNotFound;
  return said ? answer.deleted_generation : INT64_MAX;
}

}  // namespace

Task<TokenBroker::LoadResult> TokenBroker::Load(GrantKey key) {
  const AnnouncedChanges::Listener listener(parts_.announced, key);
  LoadResult result;
  for (int loads = 0; loads < kMaxLoads; ++loads) {
    const LoadAnswer answer = co_await parts_.grants.Load(key);
    if (answer.outcome == LoadAnswer::Outcome::kNotFound && loads + 1 < kMaxLoads) {
      const bool put_back = co_await PutBackIfLost(key, answer.deleted_generation);
      if (put_back) continue;
    }
    TakeIn(key, answer, &result);
    if (!parts_.announced.Overtook(key, GenerationOf(answer))) break;
  }
  co_return result;
}

// Before anybody is told that there is no such grant, what we stored lately is put there again.
// False: there is nothing to put back.
Task<bool> TokenBroker::PutBackIfLost(GrantKey key, int64_t deleted_generation) {
  absl::optional<RecentCommit> ours =
      parts_.recent_commits.Above(key, deleted_generation, parts_.Now());
  if (!ours) co_return false;
  co_await RestoreGrant(&parts_, *std::move(ours));
  co_return true;
}

void TokenBroker::TakeIn(const GrantKey& key, const LoadAnswer& answer, LoadResult* result) {
  result->outcome = answer.outcome;
  if (answer.outcome == LoadAnswer::Outcome::kNotFound) {
    TakeInAbsence(key, answer, result);
  } else if (answer.grant) {
    Remember(&parts_, *answer.grant, answer.time);
  }
}

// What was deleted leaves a tombstone. Without one the store has lost what we have, and it is
// served while it is good, as after every other rollback.
void TokenBroker::TakeInAbsence(const GrantKey& key, const LoadAnswer& answer, LoadResult* result) {
  const std::shared_ptr<const CachedToken> known = parts_.cache.Peek(key.view());
  const bool good = known != nullptr && known->IsGood(parts_.Now());
  if (!good || known->generation <= answer.deleted_generation) {
    parts_.cache.Erase(key.view(), INT64_MAX);
    return;
  }
  parts_.gates.For(key.provider).meters().RollbackFound();
  Log(LogLevel::kError, "store_went_back",
      {{"provider", key.provider},
       {"known_generation", known->generation},
       {"stored_generation", answer.deleted_generation}});
  MarkVerified(&parts_, key, *known, answer.time);
  result->outcome = LoadAnswer::Outcome::kFound;
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
  FollowChange(change);
  if (follower_ != nullptr) follower_->OnChange(change);
}

void TokenBroker::FollowChange(const Change& change) {
  const GrantKey& key = change.key;
  parts_.changes.Wake(key);
  if (change.kind != ChangeKind::kFailure) parts_.failures.erase(key);
  parts_.announced.Announce(key, change.generation);
  const std::shared_ptr<const CachedToken> known = parts_.cache.Peek(key.view());
  // What was taken away, and what may be another account's, is not served until the store answers.
  const bool deleted = change.kind == ChangeKind::kDelete;
  const bool ended = deleted || change.kind == ChangeKind::kRevoke;
  if (ended) {
    const GrantState state = deleted ? GrantState::kDeleted : GrantState::kRevoked;
    RememberEnd(&parts_, key, change.generation, state);
  }
  parts_.recent_commits.Overtaken(key, change.generation);
  if (change.kind == ChangeKind::kLogin) parts_.cache.Erase(key.view(), change.generation - 1);
  if (ended || known == nullptr) return;
  const bool state_may_differ = change.kind == ChangeKind::kFailure && !refreshes_.InFlight(key);
  if (known->generation >= change.generation && !state_may_differ) return;
  parts_.loop.Spawn(CatchUp(key, change.generation));
}

// What the cache has is known to be old, though it was verified: until the store answers.
Task<void> TokenBroker::CatchUp(GrantKey key, int64_t generation) {
  for (absl::Duration pause = kFirstPause;; pause = std::min(pause * 2, kLongestPause)) {
    const LoadAnswer::Outcome outcome = co_await Reload(key);
    const bool heard =
        outcome == LoadAnswer::Outcome::kFound || outcome == LoadAnswer::Outcome::kNotFound;
    const std::shared_ptr<const CachedToken> known = parts_.cache.Peek(key.view());
    if (heard || known == nullptr || known->generation > generation) co_return;
    co_await parts_.loop.Sleep(pause);
  }
}

void TokenBroker::OnCut() { vouching_.OnCut(parts_.Now()); }

// What changed while nobody listened is not known: every entry is verified when it is used next.
void TokenBroker::OnConnected() {
  vouching_.OnConnected(parts_.Now());
  if (follower_ != nullptr) follower_->OnConnected();
}

void TokenBroker::OnServerChanged() { parts_.loop.Spawn(RestoreRecentCommits(&parts_)); }

}  // namespace tokenbroker

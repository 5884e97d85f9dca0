// How watched grants follow the store, and stay in use.
#include <algorithm>
#include <utility>

#include "broker/token_watches.h"

namespace tokenbroker {
namespace {

// Grants that are looked at in the store at a time.
constexpr int kLooksAtOnce = 8;
constexpr absl::Duration kLookPause = absl::Seconds(1);
// A change that was announced and cannot be found was undone by a failover.
constexpr int kMostLooksForChange = 5;
// How often a use is noted within the time for which it counts.
constexpr int kUsesPerWindow = 8;
constexpr absl::Duration kLeastUsePause = absl::Seconds(1);
// Of a provider that the configuration names no more.
constexpr absl::Duration kUsePause = absl::Hours(1);

}  // namespace

bool TokenWatches::IsAnswer(LoadAnswer::Outcome outcome) {
  return outcome == LoadAnswer::Outcome::kFound || outcome == LoadAnswer::Outcome::kNotFound;
}

void TokenWatches::OnChange(const Change& change) {
  WatchedGrant* const grant = FindGrant(change.key);
  if (grant == nullptr) return;
  const bool is_known = grant->newest != nullptr && grant->newest->generation >= change.generation;
  // The state changes without a new generation.
  const bool is_failure = change.kind == ChangeKind::kFailure;
  if (is_known && !is_failure) return;
  const bool is_withheld = change.kind == ChangeKind::kDelete ||
                           change.kind == ChangeKind::kRevoke || change.kind == ChangeKind::kLogin;
  if (is_withheld) grant->withheld_below = std::max(grant->withheld_below, change.generation);
  grant->announced = std::max(grant->announced, change.generation);
  grant->looks_for_announced = 0;
  LookAt(*grant, Turn::kFirst);
}

// What changed while nobody listened is not known.
void TokenWatches::OnConnected() {
  looks_paused_ = false;
  for (const auto& [key, grant] : grants_) LookAt(*grant, Turn::kLast);
  StartLooks();
}

void TokenWatches::LookAt(WatchedGrant& grant, Turn turn) {
  if (std::exchange(grant.is_to_be_looked_at, true)) return;
  if (turn == Turn::kFirst) {
    to_look_at_.push_front(grant.key);
  } else {
    to_look_at_.push_back(grant.key);
  }
  StartLooks();
}

void TokenWatches::StartLooks() {
  while (!looks_paused_ && looks_ < kLooksAtOnce && !to_look_at_.empty()) {
    GrantKey key = std::move(to_look_at_.front());
    to_look_at_.pop_front();
    WatchedGrant* const grant = FindGrant(key);
    // All who watched it have left meanwhile.
    if (grant == nullptr) continue;
    grant->is_to_be_looked_at = false;
    ++looks_;
    parts_.loop.Spawn(Look(std::move(key)));
  }
}

Task<void> TokenWatches::Look(GrantKey key) {
  const LoadAnswer::Outcome outcome = co_await broker_.Reload(key);
  WatchedGrant* const grant = FindGrant(key);
  if (grant != nullptr) Saw(*grant, outcome);
  --looks_;
  StartLooks();
}

void TokenWatches::Saw(WatchedGrant& grant, LoadAnswer::Outcome outcome) {
  if (!IsAnswer(outcome)) return LookAgain(grant);
  if (outcome == LoadAnswer::Outcome::kNotFound) {
    TakeAbsence(grant);
    grant.announced = 0;
  } else if (const auto cached = parts_.cache.Peek(grant.key.view())) {
    Take(grant, cached);
  }
  const int64_t newest = grant.newest == nullptr ? 0 : grant.newest->generation;
  if (newest < grant.announced && ++grant.looks_for_announced < kMostLooksForChange) {
    LookAgain(grant);
  } else {
    grant.announced = grant.withheld_below = 0;
  }
  for (Watch* watch : grant.watches) {
    if (watch->phase != Watch::Phase::kWaiting) continue;
    watch->phase = Watch::Phase::kOpening;
    // Not at once: it may end the watch, and the grant with its last one.
    parts_.loop.Post([this, watcher = watch->watcher] { parts_.loop.Spawn(Open(watcher)); });
  }
  ShowSoon(grant);
}

void TokenWatches::LookAgain(WatchedGrant& grant) {
  if (!std::exchange(looks_paused_, true)) {
    const absl::Duration pause = parts_.jitter.Around(kLookPause, 0.5);
    parts_.loop.CallAt(parts_.Now() + pause, [this] {
      looks_paused_ = false;
      StartLooks();
    });
  }
  LookAt(grant, Turn::kLast);
}

void TokenWatches::KeepInUse(WatchedGrant& grant) {
  absl::Duration pause = kUsePause;
  const auto config = parts_.config.Current()->FindProvider(grant.key.provider);
  if (config != nullptr) pause = config->refresh.active_window / kUsesPerWindow;
  pause = parts_.jitter.Around(std::max(pause, kLeastUsePause), 0.2);
  grant.use_timer = parts_.loop.CallAt(parts_.Now() + pause, [this, &grant] {
    NoteUse(grant);
    KeepInUse(grant);
  });
}

void TokenWatches::NoteUse(const WatchedGrant& grant) {
  if (grant.newest != nullptr && grant.newest->state == GrantState::kActive) {
    broker_.NoteUse(grant.key);
  }
}

}  // namespace tokenbroker

#include "broker/token_watches.h"

#include <algorithm>
#include <utility>

#include "broker/watch_view.h"
#include "token/refusal.h"

namespace tokenbroker {
namespace {

// Watchers that are shown something before the loop does other work.
constexpr int kShownAtOnce = 32;
constexpr absl::Duration kFreezePoll = absl::Seconds(1);

FreshTokenQuery QueryOf(const GrantKey& key, const WatchRights& rights) {
  FreshTokenQuery query;
  query.key = key.view();
  query.required_owner = rights.required_owner;
  query.max_scopes = rights.max_scopes;
  return query;
}

// What becomes of a watch for which there is no token.
enum class Then { kShowState, kAskAgain, kEnd };

Then AfterRefusal(const Refusal& refusal) {
  switch (refusal.reason) {
    case Reason::kStoreUnavailable:
      return Then::kAskAgain;
    case Reason::kProviderUnknown:
    case Reason::kCallerNotAllowed:
    case Reason::kQuotaExceeded:
    case Reason::kFieldInvalid:
      return Then::kEnd;
    default:
      return Then::kShowState;
  }
}

}  // namespace

TokenWatches::TokenWatches(BrokerParts& parts, TokenBroker& broker)
    : parts_(parts), broker_(broker) {
  parts_.observer = this;
  broker_.Follow(this);
}

TokenWatches::~TokenWatches() { parts_.observer = nullptr; }

void TokenWatches::Begin(std::shared_ptr<TokenWatcher> watcher, WatchQuery query,
                         WatchRights rights) {
  WatchedGrant& grant = Join(query.key);
  auto watch = std::make_unique<Watch>();
  watch->watcher = watcher;
  watch->grant = &grant;
  watch->known_generation = query.known_generation;
  watch->rights = std::move(rights);
  grant.watches.push_back(watch.get());
  watches_[watcher.get()] = std::move(watch);
  parts_.loop.Spawn(Open(std::move(watcher)));
}

TokenWatches::WatchedGrant& TokenWatches::Join(const GrantKey& key) {
  std::unique_ptr<WatchedGrant>& grant = grants_[key];
  if (grant != nullptr) return *grant;
  grant = std::make_unique<WatchedGrant>();
  grant->key = key;
  KeepInUse(*grant);
  const bool is_new = providers_.find(key.provider) == providers_.end();
  WatchedProvider& provider = providers_[key.provider];
  if (is_new) provider.is_frozen = IsProviderFrozen(key.provider);
  ++provider.grants;
  if (!std::exchange(follows_freezes_, true)) parts_.loop.Spawn(FollowFreezes());
  return *grant;
}

TokenWatches::WatchedGrant* TokenWatches::FindGrant(const GrantKey& key) {
  const auto it = grants_.find(key);
  return it == grants_.end() ? nullptr : it->second.get();
}

TokenWatches::Watch* TokenWatches::FindWatch(const TokenWatcher* watcher) {
  const auto it = watches_.find(watcher);
  return it == watches_.end() ? nullptr : it->second.get();
}

void TokenWatches::Leave(const TokenWatcher* watcher) {
  const auto it = watches_.find(watcher);
  if (it == watches_.end()) return;
  WatchedGrant& grant = *it->second->grant;
  std::vector<Watch*>& watches = grant.watches;
  *std::find(watches.begin(), watches.end(), it->second.get()) = watches.back();
  watches.pop_back();
  watches_.erase(it);
  if (!watches.empty()) return;
  NoteUse(grant);
  parts_.loop.Cancel(grant.use_timer);
  const auto provider = providers_.find(grant.key.provider);
  if (--provider->second.grants == 0) providers_.erase(provider);
  const GrantKey key = grant.key;
  grants_.erase(key);
}

void TokenWatches::EndWatch(const TokenWatcher* watcher, absl::Status why) {
  const std::shared_ptr<TokenWatcher> ended = FindWatch(watcher)->watcher;
  Leave(watcher);
  ended->End(std::move(why));
}

void TokenWatches::ChangeRights(const TokenWatcher* watcher, WatchRights rights) {
  Watch* const watch = FindWatch(watcher);
  if (watch == nullptr) return;
  watch->rights = std::move(rights);
  ShowSoon(*watch);
}

Task<void> TokenWatches::Open(std::shared_ptr<TokenWatcher> watcher) {
  const Watch* const begun = FindWatch(watcher.get());
  if (begun == nullptr) co_return;
  const GrantKey key = begun->grant->key;
  // They may change meanwhile.
  const WatchRights rights = begun->rights;
  const FreshTokenQuery query = QueryOf(key, rights);
  const absl::StatusOr<FreshToken> found = co_await broker_.FindFor(query);
  Watch* watch = FindWatch(watcher.get());
  if (watch == nullptr) co_return;
  WatchedGrant& grant = *watch->grant;
  const std::shared_ptr<const CachedToken> cached = parts_.cache.Peek(key.view());
  if (found.ok()) {
    Take(grant, found->token);
  } else {
    const Refusal refusal = RefusalOf(found.status()).value_or(Refusal());
    const Then then = AfterRefusal(refusal);
    if (then == Then::kEnd) co_return EndWatch(watcher.get(), found.status());
    if (then == Then::kAskAgain) co_return AskAgain(*watch);
    if (cached != nullptr) Take(grant, cached);
    const bool is_absent = refusal.reason == Reason::kGrantNotFound && cached == nullptr;
    if (is_absent && rights.required_owner.empty()) TakeAbsence(grant);
    grant.is_client_changed = refusal.cause == StateReasonName(StateReason::kClientChanged);
  }
  const int64_t newest = grant.newest == nullptr ? 0 : grant.newest->generation;
  const bool has_newer = watch->known_generation > newest && newest > 0;
  // What it has is of another replica that knew more, or of a store that was since restored.
  if (has_newer) {
    const LoadAnswer::Outcome outcome = co_await broker_.Reload(key);
    watch = FindWatch(watcher.get());
    if (watch == nullptr) co_return;
    if (!IsAnswer(outcome)) co_return AskAgain(*watch);
  }
  watch->phase = Watch::Phase::kOpen;
  ShowSoon(*watch);
}

void TokenWatches::AskAgain(Watch& watch) {
  watch.phase = Watch::Phase::kWaiting;
  LookAgain(*watch.grant);
}

void TokenWatches::Take(WatchedGrant& grant, const std::shared_ptr<const CachedToken>& token) {
  const std::shared_ptr<const CachedToken>& known = grant.newest;
  const bool went_back = known != nullptr && known->generation > token->generation;
  if (went_back && known->IsGood(parts_.Now())) return;
  if (known == nullptr || known->generation != token->generation) grant.is_client_changed = false;
  grant.newest = token;
  ShowSoon(grant);
}

void TokenWatches::TakeAbsence(WatchedGrant& grant) {
  grant.newest = nullptr;
  grant.withheld_below = 0;
  ShowSoon(grant);
}

void TokenWatches::OnToken(const GrantKey& key, const std::shared_ptr<const CachedToken>& token) {
  WatchedGrant* const grant = FindGrant(key);
  if (grant != nullptr) Take(*grant, token);
}

void TokenWatches::ShowSoon(WatchedGrant& grant) {
  for (Watch* watch : grant.watches) ShowSoon(*watch);
}

void TokenWatches::ShowSoon(Watch& watch) {
  if (watch.phase != Watch::Phase::kOpen || std::exchange(watch.is_to_be_shown, true)) return;
  to_show_.push_back(watch.watcher.get());
  if (!std::exchange(shows_, true)) parts_.loop.Post([this] { ShowSome(); });
}

void TokenWatches::ShowSome() {
  for (int i = 0; i < kShownAtOnce && !to_show_.empty(); ++i) {
    Watch* const watch = FindWatch(to_show_.front());
    to_show_.pop_front();
    if (watch != nullptr && std::exchange(watch->is_to_be_shown, false)) ShowNow(*watch);
  }
  shows_ = !to_show_.empty();
  if (shows_) parts_.loop.Post([this] { ShowSome(); });
}

void TokenWatches::ShowNow(Watch& watch) {
  const WatchedGrant& grant = *watch.grant;
  if (grant.newest != nullptr && grant.newest->generation < grant.withheld_below) return;
  absl::StatusOr<WatchView> view =
      ViewFor(grant.newest, FrozenBy(grant), QueryOf(grant.key, watch.rights), parts_.Now());
  if (!view.ok()) return EndWatch(watch.watcher.get(), view.status());
  watch.watcher->Show(*std::move(view));
}

bool TokenWatches::IsProviderFrozen(const std::string& provider) {
  const std::shared_ptr<const ProviderConfig> config =
      parts_.config.Current()->FindProvider(provider);
  return config == nullptr || parts_.gates.For(provider).IsFrozen(*config);
}

absl::optional<StateReason> TokenWatches::FrozenBy(const WatchedGrant& grant) {
  if (grant.is_client_changed) return StateReason::kClientChanged;
  if (IsProviderFrozen(grant.key.provider)) return StateReason::kNone;
  return absl::nullopt;
}

Task<void> TokenWatches::FollowFreezes() {
  while (!providers_.empty()) {
    co_await parts_.loop.Sleep(kFreezePoll);
    for (auto& [name, provider] : providers_) {
      const bool is_frozen = IsProviderFrozen(name);
      if (std::exchange(provider.is_frozen, is_frozen) == is_frozen) continue;
      for (const auto& [key, grant] : grants_) {
        if (key.provider == name) ShowSoon(*grant);
      }
    }
  }
  follows_freezes_ = false;
}

}  // namespace tokenbroker

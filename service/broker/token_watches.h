// Who watches which grant: hears of every token and change, and shows each watcher the newest.
#pragma once

#include <absl/container/flat_hash_map.h>
#include <absl/types/optional.h>

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "broker/broker_parts.h"
#include "broker/token_broker.h"
#include "broker/token_observer.h"
#include "broker/watch_service.h"

namespace tokenbroker {

// Loop thread only. What a watcher is shown is what GetFreshToken would answer: it hears of tokens
// where they enter the cache, and keeps the newest of each watched grant itself, should the cache
// forget it. What a change message tells of, and after a cut everything, is looked at in the store,
// a few grants at a time.
class TokenWatches : public WatchService, public ChangeListener, public TokenObserver {
 public:
  // Both must outlive it. It hears of both from now on.
  TokenWatches(BrokerParts& parts, TokenBroker& broker);
  ~TokenWatches() override;

  void Begin(std::shared_ptr<TokenWatcher> watcher, WatchQuery query, WatchRights rights) override;
  void ChangeRights(const TokenWatcher* watcher, WatchRights rights) override;
  void Leave(const TokenWatcher* watcher) override;

  void OnToken(const GrantKey& key, const std::shared_ptr<const CachedToken>& token) override;
  void OnChange(const Change& change) override;
  void OnCut() override {}
  void OnConnected() override;
  void OnServerChanged() override {}

  // Of watched grants.
  size_t size() const { return grants_.size(); }

 private:
  struct WatchedGrant;
  struct Watch {
    // kOpening: its Open is under way. kWaiting: for the next look at the grant.
    enum class Phase { kOpening, kWaiting, kOpen };

    std::shared_ptr<TokenWatcher> watcher;
    WatchedGrant* grant = nullptr;
    int64_t known_generation = 0;
    WatchRights rights;
    Phase phase = Phase::kOpening;
    bool is_to_be_shown = false;
  };

  // Invariant: has watches.
  struct WatchedGrant {
    GrantKey key;
    std::vector<Watch*> watches;
    // Null: there is none, or it is not known yet.
    std::shared_ptr<const CachedToken> newest;
    // What is older was taken away, or may be another account's: it is not shown.
    int64_t withheld_below = 0;
    // The newest that a change message told of, and how often it was looked for.
    int64_t announced = 0;
    int looks_for_announced = 0;
    bool is_client_changed = false;
    bool is_to_be_looked_at = false;
    Loop::TimerId use_timer;
  };

  WatchedGrant& Join(const GrantKey& key);
  WatchedGrant* FindGrant(const GrantKey& key);
  Watch* FindWatch(const TokenWatcher* watcher);
  // Finds what GetFreshToken would, and lets the watcher see it.
  Task<void> Open(std::shared_ptr<TokenWatcher> watcher);
  void EndWatch(const TokenWatcher* watcher, absl::Status why);

  void Take(WatchedGrant& grant, const std::shared_ptr<const CachedToken>& token);
  void TakeAbsence(WatchedGrant& grant);
  void ShowSoon(WatchedGrant& grant);
  void ShowSoon(Watch& watch);
  // The next few of those that are to be shown something.
  void ShowSome();
  void ShowNow(Watch& watch);

  // kFirst: before those that are only made sure of.
  enum class Turn { kFirst, kLast };
  void LookAt(WatchedGrant& grant, Turn turn);
  void StartLooks();
  Task<void> Look(GrantKey key);
  void Saw(WatchedGrant& grant, LoadAnswer::Outcome outcome);
  // After a pause: the store did not answer, or not with what was announced.
  void LookAgain(WatchedGrant& grant);
  void AskAgain(Watch& watch);
  static bool IsAnswer(LoadAnswer::Outcome outcome);

  void KeepInUse(WatchedGrant& grant);
  void NoteUse(const WatchedGrant& grant);
  bool IsProviderFrozen(const std::string& provider);
  absl::optional<StateReason> FrozenBy(const WatchedGrant& grant);
  Task<void> FollowFreezes();

  BrokerParts& parts_;
  TokenBroker& broker_;
  absl::flat_hash_map<const TokenWatcher*, std::unique_ptr<Watch>> watches_;
  absl::flat_hash_map<GrantKey, std::unique_ptr<WatchedGrant>> grants_;

  std::deque<const TokenWatcher*> to_show_;
  bool shows_ = false;
  std::deque<GrantKey> to_look_at_;
  int looks_ = 0;
  // The store did not answer: no look before the pause is over.
  bool looks_paused_ = false;

  struct WatchedProvider {
    int grants = 0;
    bool is_frozen = false;
  };
  absl::flat_hash_map<std::string, WatchedProvider> providers_;
  bool follows_freezes_ = false;
};

}  // namespace tokenbroker

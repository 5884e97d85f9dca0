// WatchToken, as a transport sees it: what a grant yields now, then every change.
#pragma once

#include <absl/status/status.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "cache/token_cache.h"
#include "token/grant.h"
#include "token/grant_key.h"

namespace tokenbroker {

enum class WatchedState { kActive, kReauthorizationRequired, kFrozen, kRevoked, kAbsent };

// What there is to tell of a grant.
struct WatchView {
  // What may be handed out; null: nothing.
  std::shared_ptr<const CachedToken> token;
  WatchedState state = WatchedState::kAbsent;
  StateReason reason = StateReason::kNone;
  // The grant's; 0 when there is none.
  int64_t generation = 0;
};

// Loop thread.
class TokenWatcher {
 public:
  virtual ~TokenWatcher() = default;
  // The newest there is to tell: replaces what was shown before and is not told yet. Must not block
  // for whoever reads slowly.
  virtual void Show(WatchView view) = 0;
  // It is not let watch, or not any longer, for this reason (a Refusal). Nothing is shown after it.
  virtual void End(absl::Status why) = 0;
};

// What a watcher may see; see FreshTokenQuery.
struct WatchRights {
  std::string required_owner;
  const std::vector<std::string>* max_scopes = nullptr;
  // Keeps what max_scopes points to.
  std::shared_ptr<const void> keeper;
};

struct WatchQuery {
  GrantKey key;
  // The newest generation that the watcher has; 0: none.
  int64_t known_generation = 0;
};

// Loop thread only.
class WatchService {
 public:
  virtual ~WatchService() = default;

  // Shows what the grant yields as soon as that is known, which is what GetFreshToken would find (a
  // token that is no good any more is refreshed first), and then every change until Leave. While
  // the store does not answer and nothing is in memory, nothing is shown. Ends with
  // PROVIDER_UNKNOWN, CALLER_NOT_ALLOWED (max_scopes), QUOTA_EXCEEDED or FIELD_INVALID.
  virtual void Begin(std::shared_ptr<TokenWatcher> watcher, WatchQuery query,
                     WatchRights rights) = 0;
  // What the watcher may see from now on. No effect on one that has left.
  virtual void ChangeRights(const TokenWatcher* watcher, WatchRights rights) = 0;
  // Idempotent. Not necessary after End.
  virtual void Leave(const TokenWatcher* watcher) = 0;
};

}  // namespace tokenbroker

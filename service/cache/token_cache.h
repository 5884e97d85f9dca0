// The tokens of this process: what GetFreshToken answers from.
#pragma once

#include <absl/container/flat_hash_map.h>
#include <absl/types/optional.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/secret.h"
#include "cache/token_traits.h"
#include "token/grant.h"
#include "token/grant_key.h"

namespace tokenbroker {

// True once, for the first who asks, on whatever thread; a copy starts anew.
class OnceFlag {
 public:
  OnceFlag() = default;
  OnceFlag(const OnceFlag&) {}
  OnceFlag& operator=(const OnceFlag&) {
    taken_.store(false, std::memory_order_relaxed);
    return *this;
  }
  bool Take() const { return !taken_.load(std::memory_order_relaxed) && !taken_.exchange(true); }

 private:
  mutable std::atomic<bool> taken_{false};
};

// What a caller may be given, and when it stops being good. Immutable once it is in the cache.
struct CachedToken {
  int64_t generation = 0;
  Secret access_token;
  // Never null.
  std::shared_ptr<const TokenTraits> traits = TokenTraits::None();
  GrantState state = GrantState::kActive;
  StateReason state_reason = StateReason::kNone;
  // No refresh token: when it expires the user must log in again.
  bool refreshable = true;
  // The last refresh of a due token failed: it is served as STALE, and refresh_due is when the next
  // try may be made.
  bool refresh_failed = false;
  // Whoever takes it posts the refresh of a due token; the others need not.
  OnceFlag refresh_posted;
  // When the request that brought it was sent: its life counts from there.
  SteadyTime issued;
  // InfiniteFuture without a known expiry.
  SteadyTime expires = SteadyTime::InfiniteFuture();
  SteadyTime refresh_due = SteadyTime::InfiniteFuture();
  // When the refresh token dies whatever we do, in milliseconds since 1970; 0: that is not known.
  int64_t reauthorize_at_ms = 0;
  // When the request was sent whose answer showed it to be the store's, or about to be.
  SteadyTime verified = SteadyTime::InfinitePast();

  // All of it; InfiniteDuration without a known expiry.
  absl::Duration life() const { return expires - issued; }
  absl::Duration Remaining(SteadyTime now) const { return expires - now; }
  bool IsGood(SteadyTime now) const {
    return state == GrantState::kActive && !access_token.empty() &&
           Remaining(now) > absl::ZeroDuration();
  }
};

// Any thread; never waits for I/O. Stripes by hash bits, each with its own mutex and its own
// least-recently-used order.
class TokenCache {
 public:
  // Keeps at most `capacity` tokens (at least one per stripe).
  explicit TokenCache(size_t capacity);
  ~TokenCache();
  TokenCache(const TokenCache&) = delete;
  TokenCache& operator=(const TokenCache&) = delete;

  // nullptr when there is none. Counts as a use. Does not allocate, save for the first use since
  // DrainUses().
  std::shared_ptr<const CachedToken> Find(const GrantKeyView& key);
  // As Find, but is no use.
  std::shared_ptr<const CachedToken> Peek(const GrantKeyView& key) const;

  // Unless a token of a higher generation is there. True when stored.
  bool Put(const GrantKey& key, std::shared_ptr<const CachedToken> token);
  // Unless a token of a generation above `generation` is there.
  void Erase(const GrantKeyView& key, int64_t generation);

  // The keys used since the last call.
  std::vector<GrantKey> DrainUses();
  size_t size() const;

 private:
  struct Stripe;
  Stripe& StripeOf(size_t hash) const;
  std::vector<std::unique_ptr<Stripe>> stripes_;
};

}  // namespace tokenbroker

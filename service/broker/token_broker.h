// GetFreshToken: from memory when there is a good token, else by the one refresh path.
#pragma once

#include <atomic>
#include <memory>

#include "broker/broker_parts.h"
#include "broker/refresh_flight.h"
#include "broker/token_service.h"
#include "io/single_flight.h"
#include "store/grant_store.h"

namespace tokenbroker {

// How many callers may wait for one grant; more are refused.
inline constexpr size_t kMaxWaitersPerGrant = 10'000;

class TokenBroker : public TokenService, public ChangeListener {
 public:
  // `parts` must outlive it. Subscribes to the store's changes.
  explicit TokenBroker(BrokerParts& parts);

  // Any thread.
  void GetFreshToken(const FreshTokenQuery& query, SteadyTime deadline, Done done) override;

  // Loop thread only from here on.

  // Starts the refresh of a grant whose generation is known, unless one is under way.
  void RefreshInBackground(const GrantKey& key, int64_t known_generation);
  // The end of the grant's flight: of the one under way, or of a new one. nullopt when `deadline`
  // came first.
  Task<absl::optional<RefreshResult>> Refresh(RefreshOrder order, SteadyTime deadline);
  // Writes the last uses since the last call to the store.
  Task<void> FlushUses();
  // Refreshes, their storing, and what must be reported of them, under way.
  size_t InFlight() const { return refreshes_.size() + parts_.in_flight.count(); }
  // True when all of that has ended before `deadline`.
  Task<bool> Drain(SteadyTime deadline);

  void OnChange(const Change& change) override;
  void OnCut() override;
  void OnConnected() override;

 private:
  // A query that outlives the call.
  struct OwnedQuery;
  struct LoadResult {
    LoadAnswer::Outcome outcome = LoadAnswer::Outcome::kUnavailable;
  };
  enum class Confirmation { kNone, kStoreAsked };

  bool AnswerFromCache(const FreshTokenQuery& query, Done& done);
  void PostRefresh(const GrantKeyView& key, const CachedToken& token);
  Task<void> AnswerSlowly(std::unique_ptr<OwnedQuery> query, SteadyTime deadline, Done done);
  Task<absl::StatusOr<FreshToken>> Find(const OwnedQuery* query, SteadyTime deadline);
  // OK when the cache holds what the store has; else the refusal.
  Task<absl::Status> Confirm(GrantKey key, SteadyTime deadline);
  Task<LoadResult> Load(GrantKey key);
  bool MayServeUnverified() const;
  prometheus::Counter& CounterOf(TokenSource source);

  BrokerParts& parts_;
  SingleFlight<GrantKey, LoadResult> loads_;
  SingleFlight<GrantKey, RefreshResult> refreshes_;
  // The store's change messages arrive: what is cached is what is stored.
  std::atomic<bool> verified_{true};
  SteadyTime cut_at_;
  prometheus::Counter* served_[4];
  prometheus::Counter* refused_;
};

}  // namespace tokenbroker

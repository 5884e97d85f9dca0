// GetFreshToken: from memory when there is a good token, else by the one refresh path.
#pragma once

#include <absl/container/flat_hash_map.h>

#include <memory>

#include "broker/broker_parts.h"
#include "broker/refresh_flight.h"
#include "broker/token_service.h"
#include "broker/vouching.h"
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
  absl::optional<FreshToken> AnswerFromCache(const FreshTokenQuery& query) override;
  void GetFreshToken(const FreshTokenQuery& query, SteadyTime deadline, Done done) override;

  // Loop thread only from here on.

  // Starts the refresh of a grant whose generation is known, unless one is under way or refreshing
  // ahead of need was stopped.
  void RefreshInBackground(const GrantKey& key, int64_t known_generation);
  // The end of the grant's flight: of the one under way, or of a new one. nullopt when `deadline`
  // came first.
  Task<absl::optional<RefreshResult>> Refresh(RefreshOrder order, SteadyTime deadline);
  // What GetFreshToken answers. `query` must stay valid until then.
  Task<absl::StatusOr<FreshToken>> FindFor(FreshTokenQuery query);
  // What the store has of the grant: the cache takes it in, where it is found.
  Task<LoadAnswer::Outcome> Reload(GrantKey key);
  // The grant is used, though nobody asks for its token.
  void NoteUse(const GrantKey& key) { uses_[key] = parts_.StoreNow(); }
  // `listener`, which must outlive it, hears of the store's changes after this.
  void Follow(ChangeListener* listener) { follower_ = listener; }
  // OK while grants can be served: the store is heard, or was within cache.max_unverified. Else why
  // not, in words for an operator.
  absl::Status CanServe() const;
  // The store has just answered something.
  void NoteStoreAnswer() { vouching_.OnAnswer(parts_.Now()); }
  // For a shutdown: from now on only callers that wait start a refresh.
  void StopRefreshingAhead() { refreshes_ahead_ = false; }
  // Writes the last uses since the last call to the store.
  Task<void> FlushUses();
  // Refreshes, their storing, and what must be reported of them, under way.
  size_t InFlight() const { return refreshes_.size() + parts_.in_flight.count(); }
  // True when all of that has ended before `deadline`.
  Task<bool> Drain(SteadyTime deadline);

  void OnChange(const Change& change) override;
  void OnCut() override;
  void OnConnected() override;
  void OnServerChanged() override;

 private:
  // A query that outlives the call.
  struct OwnedQuery;
  struct LoadResult {
    LoadAnswer::Outcome outcome = LoadAnswer::Outcome::kUnavailable;
  };
  // Who says that what is cached is what is stored: nobody yet, this process alone because the
  // store is silent, or the store.
  enum class Confirmation { kNone, kMemory, kStore };

  void FollowChange(const Change& change);
  // Loads the grant, again and again while the store does not answer.
  Task<void> CatchUp(GrantKey key, int64_t generation);
  void PostRefresh(const GrantKeyView& key, const CachedToken& token);
  Task<void> AnswerSlowly(std::unique_ptr<OwnedQuery> query, SteadyTime deadline, Done done);
  Task<absl::StatusOr<FreshToken>> Find(const OwnedQuery* query, SteadyTime deadline);
  // Where the token that replaces `generation` came from; else the refusal.
  Task<absl::StatusOr<TokenSource>> RefreshFor(const OwnedQuery* query, int64_t generation,
                                               SteadyTime deadline);
  // What a caller is told when there is no such grant.
  absl::Status NotFound(const GrantKey& key) const;
  // What vouches for the cache, which may have forgotten it again; else the refusal.
  Task<absl::StatusOr<Confirmation>> Confirm(GrantKey key, SteadyTime deadline);
  Task<LoadResult> Load(GrantKey key);
  Task<bool> PutBackIfLost(GrantKey key, int64_t deleted_generation);
  void TakeIn(const GrantKey& key, const LoadAnswer& answer, LoadResult* result);
  void TakeInAbsence(const GrantKey& key, const LoadAnswer& answer, LoadResult* result);
  Task<RefreshResult> Fly(RefreshOrder order);
  bool MayServeUnverified(const CachedToken& token) const;
  void Count(const FreshToken& fresh, SteadyTime now);

  BrokerParts& parts_;
  SingleFlight<GrantKey, LoadResult> loads_;
  SingleFlight<GrantKey, RefreshResult> refreshes_;
  bool refreshes_ahead_ = true;
  // Last uses that the store does not know yet.
  absl::flat_hash_map<GrantKey, absl::Time> uses_;
  Vouching vouching_;
  // Null: nobody.
  ChangeListener* follower_ = nullptr;
  prometheus::Counter* served_[4];
  prometheus::Counter* refused_;
  Histogram& remaining_;
  const Metrics::Reading cached_;
};

}  // namespace tokenbroker

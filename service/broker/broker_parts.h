// What the use cases of the broker work with. Made once by the composition root.
#pragma once

#include <absl/container/flat_hash_map.h>

#include <memory>
#include <utility>

#include "base/jitter.h"
#include "base/metrics.h"
#include "broker/announced_changes.h"
#include "broker/change_waiters.h"
#include "broker/held_grants.h"
#include "broker/in_flight.h"
#include "broker/provider_gates.h"
#include "broker/recent_commits.h"
#include "broker/token_observer.h"
#include "cache/token_cache.h"
#include "config/snapshot.h"
#include "io/loop.h"
#include "oauth/resolved_provider.h"
#include "oauth/token_endpoint.h"
#include "store/grant_store.h"
#include "store/spill.h"

namespace tokenbroker {

// Everything referred to outlives whoever is given this; the loop's tasks are dropped first.
struct BrokerParts {
  BrokerParts(Loop& the_loop, Metrics& the_metrics, ConfigSource& the_config,
              GrantStore& the_grants, Spill& the_spill, ProviderResolver& the_resolver,
              TokenEndpoint& the_endpoint, TokenCache& the_cache, Jitter& the_jitter)
      : loop(the_loop),
        metrics(the_metrics),
        config(the_config),
        grants(the_grants),
        spill(the_spill),
        resolver(the_resolver),
        endpoint(the_endpoint),
        cache(the_cache),
        jitter(the_jitter),
        gates(the_loop, the_metrics, the_jitter),
        changes(the_loop),
        in_flight(the_loop),
        uncommitted(
            the_metrics.Gauge("tokenbroker_uncommitted_rotations",
                              "Tokens that a provider gave and the store has not confirmed; "
                              "in memory, or kept on disk as well.")),
        store_time{the_loop.clock().TimeNow(), the_loop.clock().SteadyNow()} {}

  Loop& loop;
  Metrics& metrics;
  ConfigSource& config;
  GrantStore& grants;
  Spill& spill;
  ProviderResolver& resolver;
  TokenEndpoint& endpoint;
  TokenCache& cache;
  Jitter& jitter;

  ProviderGates gates;
  ChangeWaiters changes;
  AnnouncedChanges announced;
  RecentCommits recent_commits;
  // What goes on beside the refreshes and must not be cut off: a shutdown waits for it.
  InFlight in_flight;
  // Those with a begin that is being taken back because its reply was not heard, and those with a
  // commit that the store may not have: no refresh begins.
  HeldGrants held;
  // Those with a commit that the store has not decided, or not confirmed: when the store has less
  // than we know, that is why.
  HeldGrants undecided;
  // Of what is cached.
  TokenTraitsPool traits;
  // Consecutive failures of a grant's refresh, while there are any.
  absl::flat_hash_map<GrantKey, int> failures;

  // Counts the writes of what a provider gave that the store has not decided.
  prometheus::Gauge& uncommitted;

  // Of what is cached from now on; null: nobody.
  TokenObserver* observer = nullptr;

  // The last reading of the store's clock.
  StoreTimeMark store_time;

  SteadyTime Now() const { return loop.clock().SteadyNow(); }
  absl::Time StoreNow() const { return store_time.ToStore(Now()); }
  // Unless a newer one is cached or announced.
  void Cache(const GrantKey& key, std::shared_ptr<const CachedToken> token) {
    if (!announced.Overtook(key, token->generation)) Keep(key, std::move(token));
  }
  // Unless a newer one is cached.
  void Keep(const GrantKey& key, std::shared_ptr<const CachedToken> token) {
    if (cache.Put(key, token) && observer != nullptr) observer->OnToken(key, token);
  }
};

}  // namespace tokenbroker

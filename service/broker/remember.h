// What the store says of a grant, on its way into the cache. Loop thread only.
#pragma once

#include "broker/broker_parts.h"
#include "cache/token_cache.h"

namespace tokenbroker {

// Puts a grant that the store had into the cache, unless the cache knows better.
void Remember(BrokerParts* parts, const Grant& grant, const StoreTimeMark& time);

// It was revoked or deleted (`state`) with `generation`. From now on what the cache has is not
// served; nor, for a minute, is an older record, should the store go back to one. Of what is not
// cached nothing is kept.
void RememberEnd(BrokerParts* parts, const GrantKey& key, int64_t generation, GrantState state);

// The store was asked, and had nothing better than `known`, which is what the cache has.
void MarkVerified(BrokerParts* parts, const GrantKey& key, const CachedToken& known,
                  const StoreTimeMark& time);

}  // namespace tokenbroker

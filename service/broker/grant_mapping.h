// From a provider's answer to a grant, and from a grant to what the cache holds. Any thread.
#pragma once

#include <memory>

#include "base/jitter.h"
#include "cache/token_cache.h"
#include "config/provider_config.h"
#include "oauth/token_endpoint.h"
#include "token/grant.h"
#include "token/store_time.h"

namespace tokenbroker {

// What callers may be given of `grant`, with the store's times as deadlines of our steady clock.
std::shared_ptr<CachedToken> ToCachedToken(const Grant& grant, const StoreTimeMark& now,
                                           TokenTraitsPool* pool);

// Puts the tokens of `answer`, whose request was sent at `sent_at`, into `grant`: access token,
// life, scopes (sorted) and attributes, due time (before the access token ends, or an idle refresh
// token), and the refresh token if there is a new one (RFC 6749 section 6: without one the old one
// stays). An access token that may not be used is stored as expired. Leaves account, state and
// generations alone.
void ApplyTokens(const TokenResponse& answer, SteadyTime sent_at, const StoreTimeMark& now,
                 const ProviderConfig& config, Jitter& jitter, Grant* grant);

}  // namespace tokenbroker

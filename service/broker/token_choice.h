// Whether a token answers a query: the rules of GetFreshToken, free of I/O. Any thread.
#pragma once

#include <absl/status/status.h>

#include "base/clock.h"
#include "broker/fresh_token.h"
#include "cache/token_cache.h"

namespace tokenbroker {

// True when `token` is a right answer at `now`. The common case, decided without allocating.
bool Answers(const CachedToken& token, const FreshTokenQuery& query, SteadyTime now);

// True when the token's refresh is due at `now`.
bool IsDue(const CachedToken& token, SteadyTime now);

// STALE when the grant is not active or the last refresh failed, else `source`.
TokenSource SourceOf(const CachedToken& token, TokenSource source);

struct Shortcoming {
  enum class Remedy {
    kRefresh,  // A new token may answer the query.
    kNone,     // `refusal` says why there is none; the store must confirm it before it is told.
  };
  Remedy remedy = Remedy::kNone;
  absl::Status refusal;
};

// What is to be done about a token that does not answer the query. REQUIRES: !Answers(...).
Shortcoming WhatStandsInTheWay(const CachedToken& token, const FreshTokenQuery& query,
                               SteadyTime now);

}  // namespace tokenbroker

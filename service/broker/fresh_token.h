// What GetFreshToken is asked and answers, free of any transport.
#pragma once

#include <absl/time/time.h>
#include <absl/types/optional.h>
#include <absl/types/span.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/trace_context.h"
#include "cache/token_cache.h"
#include "token/grant_key.h"

namespace tokenbroker {

// Borrowed: must stay valid during the call only.
struct FreshTokenQuery {
  GrantKeyView key;
  // The caller is promised more than this; unset: a token is served until shortly before its end.
  absl::optional<absl::Duration> min_ttl;
  absl::Span<const std::string> required_scopes;
  // The generation that the resource server refused; 0: none.
  int64_t rejected_generation = 0;
  // A grant of another owner is answered as one that does not exist; empty: anybody's will do.
  absl::string_view required_owner;
  // Sorted; a grant with a scope beyond these, or of unknown scopes, is
  // CALLER_NOT_ALLOWED. Null: no bound. Must stay
  // valid until the answer.
  const std::vector<std::string>* max_scopes = nullptr;
  // Null: of no trace that anybody told of.
  const TraceContext* trace = nullptr;
};

enum class TokenSource { kCache, kStore, kRefreshed, kStale };

struct FreshToken {
  // Never null.
  std::shared_ptr<const CachedToken> token;
  TokenSource source = TokenSource::kCache;
};

}  // namespace tokenbroker

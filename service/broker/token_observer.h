// Who wants to hear of the tokens that this process comes to know.
#pragma once

#include <memory>

#include "cache/token_cache.h"
#include "token/grant_key.h"

namespace tokenbroker {

class TokenObserver {
 public:
  virtual ~TokenObserver() = default;
  // Loop thread, from within whatever put it into the cache: must not do more than take note.
  // `token` is what callers are answered with from now on; never null.
  virtual void OnToken(const GrantKey& key, const std::shared_ptr<const CachedToken>& token) = 0;
};

}  // namespace tokenbroker

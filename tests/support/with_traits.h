// Traits of a token that a test makes by hand.
#pragma once

#include <memory>
#include <utility>

#include "cache/token_cache.h"

namespace tokenbroker {

template <typename Change>
void ChangeTraits(CachedToken* token, Change change) {
  auto traits = std::make_shared<TokenTraits>(*token->traits);
  change(traits.get());
  token->traits = std::move(traits);
}

}  // namespace tokenbroker

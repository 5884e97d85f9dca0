#include "cache/token_traits.h"

#include <algorithm>
#include <tuple>

namespace tokenbroker {
namespace {

auto Fields(const TokenTraits& t) {
  return std::tie(t.token_type, t.scopes, t.attributes, t.owner, t.provider_error, t.unmet_ttl);
}

}  // namespace

std::shared_ptr<const TokenTraits> TokenTraits::None() {
  static const auto* const none =
      new std::shared_ptr<const TokenTraits>(std::make_shared<const TokenTraits>());
  return *none;
}

bool operator==(const TokenTraits& a, const TokenTraits& b) { return Fields(a) == Fields(b); }

std::shared_ptr<const TokenTraits> TokenTraitsPool::Share(TokenTraits traits) {
  const auto found = known_.find(traits);
  if (found != known_.end()) return *found;
  if (known_.size() >= sweep_at_) {
    absl::erase_if(known_, [](const Shared& shared) { return shared.use_count() == 1; });
    sweep_at_ = std::max<size_t>(64, known_.size() * 2);
  }
  return *known_.insert(std::make_shared<const TokenTraits>(std::move(traits))).first;
}

}  // namespace tokenbroker

#include "broker/remember.h"

#include "broker/grant_mapping.h"

namespace tokenbroker {
namespace {

// For so long an end that the store lost is put back by whoever stored it.
constexpr absl::Duration kEndHolds = absl::Minutes(1);

bool IsOldEnd(const CachedToken& known, SteadyTime now) {
  const bool ended = known.state == GrantState::kRevoked || known.state == GrantState::kDeleted;
  return ended && now - known.issued >= kEndHolds;
}

}  // namespace

void Remember(BrokerParts* parts, const Grant& grant, const StoreTimeMark& time) {
  std::shared_ptr<const CachedToken> known = parts->cache.Peek(grant.key.view());
  if (known != nullptr && known->generation > grant.generation && IsOldEnd(*known, parts->Now())) {
    // Nobody has put it back.
    parts->cache.Erase(grant.key.view(), known->generation);
    known.reset();
  }
  // The same may know more than the store: that the last refresh failed.
  const bool keeps =
      known != nullptr && (known->generation > grant.generation ||
                           (known->generation == grant.generation && known->state == grant.state));
  if (keeps) {
    MarkVerified(parts, grant.key, *known, time);
  } else {
    parts->Cache(grant.key, ToCachedToken(grant, time, &parts->traits));
  }
}

void RememberEnd(BrokerParts* parts, const GrantKey& key, int64_t generation, GrantState state) {
  const std::shared_ptr<const CachedToken> known = parts->cache.Peek(key.view());
  if (known == nullptr) return;
  auto end = std::make_shared<CachedToken>();
  end->generation = generation;
  end->traits = known->traits;
  end->issued = parts->Now();
  end->state = state;
  if (state == GrantState::kRevoked) end->state_reason = StateReason::kRevoked;
  // Past those who observe what is cached: the store has not told it yet.
  parts->cache.Put(key, std::move(end));
}

void MarkVerified(BrokerParts* parts, const GrantKey& key, const CachedToken& known,
                  const StoreTimeMark& time) {
  if (known.verified >= time.steady) return;
  auto verified = std::make_shared<CachedToken>(known);
  verified->verified = time.steady;
  parts->Cache(key, std::move(verified));
}

}  // namespace tokenbroker

#include "broker/unknown_rotation.h"

#include <algorithm>

namespace tokenbroker {
namespace {

// How much longer than the request's own time-out a paused holder is waited for.
constexpr absl::Duration kPatience = absl::Seconds(30);

}  // namespace

absl::Time MayPresentAgainAt(const Grant& grant, const UnknownRotation& unknown,
                             const ProviderConfig& config, Demand demand, absl::Time now) {
  if (config.refresh.rotation == Rotation::kNone) return now;
  if (config.refresh.rotation == Rotation::kGrace &&
      now + config.request_timeout < unknown.intent_at + config.refresh.rotation_grace) {
    return now;
  }
  if (!grant.expires_at && demand == Demand::kBackground) return absl::InfiniteFuture();
  const absl::Time holder_is_gone = unknown.begun_at + config.request_timeout + kPatience;
  return std::max(grant.expires_at.value_or(absl::InfinitePast()), holder_is_gone);
}

}  // namespace tokenbroker

#include "token/freshness_policy.h"

#include <algorithm>

namespace tokenbroker {
namespace {

constexpr double kJitterFraction = 0.1;
constexpr double kKeepAliveShare = 0.8;

}  // namespace

absl::Duration ServeMargin(absl::Duration life) { return std::min(absl::Seconds(5), life / 10); }

absl::Duration MinRefreshInterval(absl::Duration life) {
  return std::min(absl::Seconds(30), life / 10);
}

absl::Duration DueMargin(absl::Duration life, absl::optional<absl::Duration> configured) {
  const absl::Duration margin = configured.value_or(std::min(absl::Minutes(5), life / 5));
  return std::min(margin, life / 2);
}

absl::Duration JitteredDueMargin(absl::Duration life, absl::optional<absl::Duration> configured,
                                 Jitter& jitter) {
  return std::min(jitter.Around(DueMargin(life, configured), kJitterFraction), life / 2);
}

absl::Duration KeepAliveInterval(absl::Duration idle_lifetime) {
  return idle_lifetime * kKeepAliveShare;
}

bool IsServable(absl::Duration remaining, absl::Duration life,
                absl::optional<absl::Duration> min_ttl) {
  if (min_ttl) return remaining > *min_ttl && remaining > absl::ZeroDuration();
  return remaining > ServeMargin(life);
}

}  // namespace tokenbroker

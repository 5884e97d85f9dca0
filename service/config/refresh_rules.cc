#include "config/refresh_rules.h"

#include <absl/strings/str_cat.h>

#include "config/duration_field.h"

namespace tokenbroker {
namespace {

namespace pb = config::v1;

// How long a refresh may go unheard of before another replica may try.
constexpr absl::Duration kLease = absl::Seconds(6);

Rotation ToRotation(pb::Rotation rotation) {
  if (rotation == pb::ROTATION_NONE) return Rotation::kNone;
  return rotation == pb::ROTATION_GRACE ? Rotation::kGrace : Rotation::kSingleUse;
}

void CheckGrace(const pb::Refresh& refresh, absl::Duration grace, absl::Duration request_timeout,
                const std::string& path, ConfigErrors& errors) {
  const bool given = refresh.has_rotation_grace();
  if (refresh.rotation() != pb::ROTATION_GRACE) {
    if (!given) return;
    return errors.Add(path,
                      "is given, but rotation is not grace; write rotation: grace or remove it");
  }
  if (!given) {
    return errors.Add(
        path, "is missing; rotation: grace needs how long the old refresh token still works");
  }
  const absl::Duration least = kLease + request_timeout;
  if (grace >= least) return;
  errors.Add(path, absl::StrCat("is shorter than the lease and request_timeout together (",
                                absl::FormatDuration(least),
                                "), so that a lost answer could not be asked for again in time; "
                                "lower request_timeout, or write rotation: single_use"));
}

}  // namespace

RefreshConfig BuildRefresh(const pb::Refresh& refresh, absl::Duration request_timeout,
                           const std::string& path, ConfigErrors& errors) {
  const auto at = [&path](absl::string_view key) { return absl::StrCat(path, ".", key); };
  RefreshConfig out;
  out.margin = OptionalDuration(refresh.has_margin(), refresh.margin(), at("margin"), errors);
  out.refresh_token_lifetime =
      OptionalDuration(refresh.has_refresh_token_lifetime(), refresh.refresh_token_lifetime(),
                       at("refresh_token_lifetime"), errors);
  out.idle_lifetime = OptionalDuration(refresh.has_idle_lifetime(), refresh.idle_lifetime(),
                                       at("idle_lifetime"), errors);
  out.active_window = PositiveDuration(refresh.has_active_window(), refresh.active_window(),
                                       out.active_window, at("active_window"), errors);
  out.rotation = ToRotation(refresh.rotation());
  out.rotation_grace = PositiveDuration(refresh.has_rotation_grace(), refresh.rotation_grace(),
                                        out.rotation_grace, at("rotation_grace"), errors);
  CheckGrace(refresh, out.rotation_grace, request_timeout, at("rotation_grace"), errors);
  return out;
}

}  // namespace tokenbroker

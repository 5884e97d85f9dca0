// The first half of a refresh: to be allowed to send. Asks the store until it says GO or something
// final.
#pragma once

#include <absl/status/status.h>
#include <absl/types/optional.h>

#include "base/boxed.h"
#include "broker/refresh_flight.h"

namespace tokenbroker {

// Leave to present the grant's refresh token, once, unless `send_before` has passed.
struct BegunRefresh {
  Attempt attempt;
  Boxed<Grant> grant;
  int64_t parent = 0;
  int64_t next = 0;
  absl::Time intent_at;
  absl::Time begun_at;
  // An earlier presentation of the same token has, or may have, an unknown outcome.
  bool despite_unknown = false;
  SteadyTime send_before;
  StoreTimeMark time;
};

struct BeginResult {
  // Set on GO.
  absl::optional<BegunRefresh> begun;
  // Else how the flight ends.
  RefreshResult ended;
};

// Loop thread only.
Task<BeginResult> BeginRefresh(BrokerParts* parts, RefreshOrder order,
                               std::shared_ptr<const ProviderConfig> config);

}  // namespace tokenbroker

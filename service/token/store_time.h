// One reading of the store's clock, pinned to ours: turns absolute times of the store into
// deadlines on the steady clock and back. A value; any thread.
#pragma once

#include <absl/time/time.h>

#include "base/clock.h"

namespace tokenbroker {

// `store_time` was read by the store at some instant not before `steady` (the moment the request
// was sent), so every deadline made with it is early rather than late.
struct StoreTimeMark {
  absl::Time store_time;
  SteadyTime steady;

  SteadyTime ToSteady(absl::Time of_store) const { return steady + (of_store - store_time); }
  absl::Time ToStore(SteadyTime t) const { return store_time + (t - steady); }
};

}  // namespace tokenbroker

// What a handler knows of a call, whatever transport brought it.
#pragma once

#include <absl/functional/any_invocable.h>
#include <absl/status/status.h>
#include <absl/time/time.h>

#include <string>

#include "access/known_caller.h"
#include "base/clock.h"

namespace tokenbroker {

struct CallInfo {
  KnownCallerPtr caller;
  SteadyTime deadline;
};

// Of a call without a deadline.
inline constexpr absl::Duration kDefaultCallTimeout = absl::Seconds(30);

// Ends a call; any thread, once. Before it is called with OK the handler has filled the response.
// Dropped instead (the broker stops): the transport answers UNAVAILABLE by itself. Request and
// response stay valid until then.
using CallDone = absl::AnyInvocable<void(absl::Status)>;

}  // namespace tokenbroker

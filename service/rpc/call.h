// What a handler knows of a call, whatever transport brought it.
#pragma once

#include <absl/functional/any_invocable.h>
#include <absl/status/status.h>
#include <absl/time/time.h>

#include <string>

#include "base/clock.h"

namespace tokenbroker {

// Who calls.
struct Caller {
  // The authenticated identity: what policies, audit lines and logins name.
  std::string name;
};

struct CallInfo {
  Caller caller;
  SteadyTime deadline;
};

// Of a call without a deadline.
inline constexpr absl::Duration kDefaultCallTimeout = absl::Seconds(30);

// Ends a call; any thread, once. Before it is called with OK the handler has filled the response.
// Dropped instead (the broker stops): the transport answers UNAVAILABLE by itself. Request and
// response stay valid until then.
using CallDone = absl::AnyInvocable<void(absl::Status)>;

}  // namespace tokenbroker

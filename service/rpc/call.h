// What a handler knows of a call, whatever transport brought it.
#pragma once

#include <absl/functional/any_invocable.h>
#include <absl/status/status.h>
#include <absl/time/time.h>

#include <memory>
#include <string>

#include "access/known_caller.h"
#include "base/clock.h"
#include "base/trace_context.h"
#include "token/grant_key.h"

namespace tokenbroker {

// What a handler says of a call for its audit line, as soon as it knows. Written and read by one
// thread after the other.
struct CallNotes {
  // The rule that allowed it; empty where the call is about many grants.
  std::string rule;
  GrantKey key;
  // That SetLogLevel was asked for.
  std::string log_level;
};

struct CallInfo {
  KnownCallerPtr caller;
  SteadyTime deadline;
  // The call's place among those of its caller that wait: to be kept until the work is done, which
  // may be after the call. Null for one that waits for nothing yet.
  std::shared_ptr<CallerUsage::Waiting> waiting = nullptr;
  // Never null. May outlive the call.
  std::shared_ptr<CallNotes> notes = std::make_shared<CallNotes>();
  TraceContext trace = {};
};

// Of a call without a deadline.
inline constexpr absl::Duration kDefaultCallTimeout = absl::Seconds(30);

// Ends a call; any thread, once. Before it is called with OK the handler has filled the response.
// Dropped instead (the broker stops): the transport answers UNAVAILABLE by itself. Request and
// response stay valid until then.
using CallDone = absl::AnyInvocable<void(absl::Status)>;

}  // namespace tokenbroker

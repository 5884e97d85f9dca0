// Error replies: what may be said of them.
#pragma once

#include <absl/status/status.h>
#include <absl/strings/string_view.h>

#include "redis/reply.h"

namespace tokenbroker {

// The code in front of an error reply ("NOSCRIPT"), ERR when it has none that looks like one; empty
// for any other reply. What follows the code may quote arguments and is never passed on.
absl::string_view ErrorCode(const RedisReply& reply);

// UNAVAILABLE, naming `what` was called (a command's or a script's name) and why it failed.
absl::Status CallFailed(absl::string_view what, absl::string_view why);

}  // namespace tokenbroker

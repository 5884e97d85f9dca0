// What a gRPC target says about who can be behind it. Pure; any thread.
#pragma once

#include <absl/strings/string_view.h>

namespace tokenbroker::client {

enum class Reach { kUnixSocket, kLoopback, kNetwork };

// kLoopback for "localhost" and loopback addresses, with a port or without. A name behind a
// resolver's scheme ("dns:///localhost") is kNetwork: what it leads to is not ours to know.
Reach ReachOf(absl::string_view target);

}  // namespace tokenbroker::client

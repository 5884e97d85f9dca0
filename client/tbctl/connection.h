// How tbctl reaches the broker: in plaintext, or over TLS with what the options name.
#pragma once

#include <absl/status/statusor.h>
#include <grpcpp/channel.h>

#include <memory>

#include "client/tbctl/arguments.h"

namespace tokenbroker::tbctl {

// A channel that is not connected yet, set up by the client library. INVALID_ARGUMENT when the
// options contradict each other, or a file is not readable or not what it must be; the message
// names the option and the path, never the content. Blocks.
absl::StatusOr<std::shared_ptr<grpc::Channel>> Connect(const Arguments& arguments);

}  // namespace tokenbroker::tbctl

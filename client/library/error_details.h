// The broker's ErrorInfo and RetryInfo on their way: out of the trailer `grpc-status-details-bin`,
// into the payloads of an absl::Status, and back. The one place that knows their encoding. Pure
// functions; any thread.
#pragma once

#include <absl/status/status.h>
#include <absl/strings/string_view.h>

#include <string>

#include "tokenbroker/client/error.h"

namespace tokenbroker::client {

// `details`: the trailer's bytes. What is not the broker's, or garbage, is left out.
BrokerError ParseErrorDetails(const std::string& details);

// The same status with `error` in its payloads. REQUIRES: !status.ok().
absl::Status WithBrokerError(absl::Status status, const BrokerError& error);

}  // namespace tokenbroker::client

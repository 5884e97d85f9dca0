// A failed call's status, out of gRPC's type, with what the broker said (error.h). Pure; any
// thread.
#pragma once

#include <absl/status/status.h>
#include <grpcpp/support/status.h>

namespace tokenbroker::client {

absl::Status ToStatus(const grpc::Status& status);

}  // namespace tokenbroker::client

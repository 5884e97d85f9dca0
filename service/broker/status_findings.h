// What of a replica's status somebody should look at. Pure; any thread.
#pragma once

#include <absl/time/time.h>

#include <vector>

#include "broker/operations_service.h"

namespace tokenbroker {

// The urgent first. `status.findings` is not looked at.
std::vector<Finding> FindingsOf(const ReplicaStatus& status, absl::Time now);

}  // namespace tokenbroker

// Asks the store in Redis, and the brokers that work on it, whether a sealing key is still needed.
#pragma once

#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <string>

#include "client/tbctl/keyring_command.h"

namespace tokenbroker::tbctl {

struct KeyUsageTiming {
  // How long Redis may be silent.
  absl::Duration patience = absl::Seconds(3);
  // How long the brokers' heartbeats, one a second each, are listened to.
  absl::Duration listen = absl::Milliseconds(2500);
};

// A KeyUsageQuery, but for the timing. INVALID_ARGUMENT for the configuration, UNAVAILABLE when
// Redis or its channel is silent, FAILED_PRECONDITION when there is no store. Spills of brokers
// that do not run are not known.
absl::StatusOr<KeyUsage> AskKeyUsage(const std::string& config_file, const std::string& key_id,
                                     KeyUsageTiming timing = {});

}  // namespace tokenbroker::tbctl

// Looking after the replica that answers, as a transport sees it.
#pragma once

#include <absl/status/statusor.h>
#include <absl/time/time.h>
#include <absl/types/optional.h>

#include <cstdint>
#include <string>
#include <vector>

#include "base/log.h"
#include "io/task.h"

namespace tokenbroker {

// How one provider fares at this replica.
struct ProviderStatus {
  std::string provider;
  bool frozen = false;
  int64_t in_flight = 0;
  // Unset: a request may be sent now.
  absl::optional<absl::Time> not_before;
  // Unset: not since the start.
  absl::optional<absl::Time> last_success;
};

struct ReplicaStatus {
  std::string version;
  absl::Time start_time;
  bool serving = false;
  absl::Time config_load_time;
  // Why the last reload was refused; empty when it was not.
  std::string config_error;
  bool store_reachable = false;
  int64_t cached_grants = 0;
  LogLevel log_level = LogLevel::kInfo;
  // Every configured provider, by name.
  std::vector<ProviderStatus> providers;
};

// Loop thread only.
class OperationsService {
 public:
  virtual ~OperationsService() = default;

  // Asks the store whether it answers, and waits a second for that.
  virtual Task<absl::StatusOr<ReplicaStatus>> GetStatus() = 0;
  // Until the process ends; the level before.
  virtual LogLevel ChangeLogLevel(LogLevel level) = 0;
};

}  // namespace tokenbroker

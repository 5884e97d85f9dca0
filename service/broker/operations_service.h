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
  // Grants whose refresh is due, of the whole fleet, and how late the longest overdue is.
  int64_t due = 0;
  absl::Duration due_lag = absl::ZeroDuration();
};

struct StoreStatus {
  // As the configuration names it: "memory", or Redis's URI.
  std::string location;
  int64_t spilled_writes = 0;
  bool spill_writable = true;
  // Of the key that seals now; empty where nothing is sealed.
  std::string write_key_id;
  int64_t keys = 0;
};

// What the listener shows.
struct TlsStatus {
  absl::Time certificate_expiry;
  // Unset: there is no list.
  absl::optional<absl::Time> revocation_list_expiry;
};

// What somebody should look at.
struct Finding {
  enum class Severity { kWarning, kError };
  Severity severity = Severity::kWarning;
  // One sentence, without secrets.
  std::string message;
};

struct ReplicaStatus {
  std::string version;
  // The machine's name; in Kubernetes the pod's.
  std::string host;
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
  StoreStatus store;
  // Unset without TLS.
  absl::optional<TlsStatus> tls;
  // The urgent first; empty when all is well.
  std::vector<Finding> findings;
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

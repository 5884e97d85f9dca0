// The HTTP listener for probes, metrics and the status page. Nothing secret is there, and nothing
// that changes state.
#pragma once

#include <absl/status/statusor.h>

#include <functional>
#include <memory>
#include <string>

#include "base/metrics.h"
#include "broker/operations_service.h"
#include "io/loop.h"

namespace tokenbroker {

struct AdminOptions {
  // `127.0.0.1:9464`, `localhost:9464`, `[::1]:0`; port 0 picks a free one.
  std::string address;
  // OK when this process should be sent calls; otherwise its message is what /readyz shows, so it
  // must hold no secret. Called on the loop thread.
  std::function<absl::Status()> ready;
  // The same for /startupz: OK once everything was started, and from then on.
  std::function<absl::Status()> started;
  // What /statusz shows; outlives the server.
  OperationsService* operations = nullptr;
  // More connections are closed at once.
  int max_connections = 64;
  // For a whole request, and as idle time between two of them.
  absl::Duration request_timeout = absl::Seconds(10);
};

// Loop thread only, save where said otherwise. Serves GET and HEAD of
//   /livez     200 as long as the loop turns
//   /readyz    200, or 503 with the reason in one line
//   /startupz  likewise
//   /statusz   the status of this replica: HTML for whoever accepts that, else text
//   /metrics   the Prometheus text format
class AdminServer {
 public:
  // Before the loop runs, or on its thread. `loop` and `metrics` must outlive the server; the
  // loop's tasks must be dropped before the server goes. INVALID_ARGUMENT for an address that is
  // none, UNAVAILABLE when it cannot listen there.
  static absl::StatusOr<std::unique_ptr<AdminServer>> Start(Loop& loop, const Metrics& metrics,
                                                            AdminOptions options);
  virtual ~AdminServer() = default;

  // Any thread: where it listens, with the port that was picked.
  virtual const std::string& address() const = 0;

 protected:
  AdminServer() = default;
};

}  // namespace tokenbroker

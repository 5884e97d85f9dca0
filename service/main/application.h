// The composition root: makes every object, wires them, runs, drains. No logic beyond that.
#pragma once

#include <absl/status/statusor.h>

#include <atomic>
#include <future>
#include <memory>
#include <thread>
#include <vector>

#include "admin/admin_server.h"
#include "base/jitter.h"
#include "base/metrics.h"
#include "broker/broker_parts.h"
#include "broker/grant_admin.h"
#include "broker/logins.h"
#include "broker/operations.h"
#include "broker/providers.h"
#include "broker/refresher.h"
#include "broker/token_broker.h"
#include "broker/token_watches.h"
#include "cache/token_cache.h"
#include "config/config_watcher.h"
#include "http/curl_client.h"
#include "io/loop.h"
#include "main/admission.h"
#include "main/signals.h"
#include "main/stores.h"
#include "oauth/discovering_resolver.h"
#include "oauth/http_token_endpoint.h"
#include "rpc/grant_admin_grpc.h"
#include "rpc/grant_admin_handler.h"
#include "rpc/grpc_server.h"
#include "rpc/login_handler.h"
#include "rpc/operations_grpc.h"
#include "rpc/operations_handler.h"
#include "rpc/provider_grpc.h"
#include "rpc/provider_handler.h"
#include "rpc/token_broker_grpc.h"
#include "rpc/token_handler.h"
#include "rpc/watch_handler.h"

namespace tokenbroker {

// The main thread makes it, runs it and ends it. Beside that thread there are the loop's, the
// configuration watcher's, and gRPC's.
class Application {
 public:
  // `config` is of `metrics`, `stores` of both and of `loop`, which must outlive the application.
  Application(Loop& loop, std::unique_ptr<Metrics> metrics, std::unique_ptr<ConfigWatcher> config,
              std::unique_ptr<Stores> stores);
  // Every thread has ended, every task is dropped.
  ~Application();
  Application(const Application&) = delete;
  Application& operator=(const Application&) = delete;

  // Listens and begins to work. UNAVAILABLE when it cannot listen; INVALID_ARGUMENT when an address
  // or a file that the configuration names is wrong.
  absl::Status Start();
  // Blocks until a signal came, or the store turned out to be one that must not be used, and the
  // work was drained. OK after a signal.
  absl::Status RunUntilEnd();

 private:
  enum class Phase { kStarting, kServing, kDraining };

  absl::Status Listen();
  // Loop thread only; the first one counts.
  void End(absl::Status why);
  ProcessFacts Facts();
  // Until the readings end.
  void ShowInMetrics();
  void WarnOfWhatIsOpen();
  // Loop thread.
  absl::Status Ready() const;
  absl::Status Started() const;
  // Has grpc.health.v1 say what /readyz says.
  Task<void> KeepHealth();
  void Drain();
  // Ends the calls; what is left of them at `deadline` is dropped with the loop's tasks.
  void DrainCalls(SteadyTime deadline);
  void DrainFlights(SteadyTime deadline);
  Task<void> WaitForFlights(SteadyTime deadline, std::shared_ptr<std::promise<bool>> drained);
  void StopLoop();

  Clock& clock_;
  const std::unique_ptr<Metrics> metrics_;
  const std::unique_ptr<ConfigWatcher> config_;
  // As at the start: `server` does not reload.
  const ServerConfig server_config_;
  std::atomic<Phase> phase_{Phase::kStarting};
  bool ends_ = false;
  // Why it ends.
  std::promise<absl::Status> ending_;

  Loop& loop_;
  const std::unique_ptr<Stores> stores_;
  Signals signals_;
  CurlClient http_;
  DiscoveringResolver resolver_;
  HttpTokenEndpoint endpoint_;
  TokenCache cache_;
  Jitter jitter_;
  BrokerParts parts_;
  TokenBroker broker_;
  TokenWatches watches_;
  Logins logins_;
  GrantAdmin grant_admin_;
  Refresher refresher_;
  Providers providers_;
  Operations operations_;

  TokenHandler token_handler_;
  LoginHandler login_handler_;
  GrantAdminHandler grant_admin_handler_;
  ProviderHandler provider_handler_;
  OperationsHandler operations_handler_;
  // Made by Start.
  std::unique_ptr<Admission> admission_;
  std::unique_ptr<WatchHandler> watch_handler_;
  std::unique_ptr<TokenBrokerGrpc> token_broker_grpc_;
  std::unique_ptr<GrantAdminGrpc> grant_admin_grpc_;
  std::unique_ptr<ProviderGrpc> provider_grpc_;
  std::unique_ptr<OperationsGrpc> operations_grpc_;
  std::unique_ptr<AdminServer> admin_;
  std::unique_ptr<GrpcServer> grpc_;

  std::thread loop_thread_;
  std::jthread config_thread_;
  Metrics::Reading process_reading_;
  Metrics::Reading ready_reading_;
};

}  // namespace tokenbroker

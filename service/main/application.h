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
#include "broker/logins.h"
#include "broker/refresher.h"
#include "broker/token_broker.h"
#include "cache/token_cache.h"
#include "config/config_watcher.h"
#include "http/curl_client.h"
#include "io/loop.h"
#include "main/signals.h"
#include "oauth/discovering_resolver.h"
#include "oauth/http_token_endpoint.h"
#include "rpc/grpc_server.h"
#include "rpc/login_handler.h"
#include "rpc/token_broker_grpc.h"
#include "rpc/token_handler.h"
#include "store/memory_store.h"

namespace tokenbroker {

// The main thread makes it, runs it and ends it. Beside that thread there are the loop's, the
// configuration watcher's, and gRPC's.
class Application {
 public:
  // `config` is of `metrics`.
  Application(std::unique_ptr<Metrics> metrics, std::unique_ptr<ConfigWatcher> config);
  // Every thread has ended, every task is dropped.
  ~Application();
  Application(const Application&) = delete;
  Application& operator=(const Application&) = delete;

  // Listens and begins to work. UNAVAILABLE or INVALID_ARGUMENT when it cannot listen.
  absl::Status Start();
  // Blocks until a signal came and the work was drained.
  void RunUntilSignal();

 private:
  enum class Phase { kStarting, kServing, kDraining };

  void WarnOfWhatIsOpen() const;
  absl::Status Ready() const;
  void Drain();
  // Ends the calls; what is left of them at `deadline` is dropped with the loop's tasks.
  void DrainCalls(SteadyTime deadline);
  void DrainFlights(SteadyTime deadline);
  Task<void> WaitForFlights(SteadyTime deadline, std::shared_ptr<std::promise<bool>> drained);
  void StopLoop();

  Clock& clock_;
  // The embedded store's: its due times must not notice that somebody sets the machine's clock.
  MonotonicClock store_clock_;
  const std::unique_ptr<Metrics> metrics_;
  const std::unique_ptr<ConfigWatcher> config_;
  // As at the start: `server` does not reload.
  const ServerConfig server_config_;
  std::atomic<Phase> phase_{Phase::kStarting};
  std::promise<void> signalled_;

  Loop loop_;
  Signals signals_;
  CurlClient http_;
  DiscoveringResolver resolver_;
  HttpTokenEndpoint endpoint_;
  MemoryStore store_;
  TokenCache cache_;
  Jitter jitter_;
  BrokerParts parts_;
  TokenBroker broker_;
  Logins logins_;
  Refresher refresher_;

  TokenHandler token_handler_;
  LoginHandler login_handler_;
  AnonymousCallers callers_;
  TokenBrokerGrpc token_broker_grpc_;
  const std::vector<std::unique_ptr<grpc::Service>> declared_services_;
  std::unique_ptr<AdminServer> admin_;
  std::unique_ptr<GrpcServer> grpc_;

  std::thread loop_thread_;
  std::jthread config_thread_;
};

}  // namespace tokenbroker

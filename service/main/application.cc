#include "main/application.h"

#include <absl/strings/match.h>
#include <unistd.h>

#include <cstring>
#include <utility>

#include "base/log.h"
#include "base/status_macros.h"
#include "broker/spill_recovery.h"
#include "crypto/random.h"
#include "main/process_metrics.h"

namespace tokenbroker {
namespace {

// About 700 bytes each.
constexpr size_t kCachedTokens = 250'000;
// For what a drain does after its deadline: telling callers, ending threads.
constexpr absl::Duration kLastWords = absl::Milliseconds(100);

constexpr absl::Duration kHealthCheck = absl::Milliseconds(200);
// While it is not ready: nobody is to wait for us.
constexpr absl::Duration kFirstHealthCheck = absl::Milliseconds(20);

std::string HostName() {
  char name[256] = "";
  gethostname(name, sizeof(name) - 1);
  return name;
}

uint64_t Seed() {
  const std::string bytes = RandomBytes(sizeof(uint64_t));
  uint64_t seed = 0;
  std::memcpy(&seed, bytes.data(), sizeof(seed));
  return seed;
}

}  // namespace

Application::Application(Loop& loop, std::unique_ptr<Metrics> metrics,
                         std::unique_ptr<ConfigWatcher> config, std::unique_ptr<Stores> stores)
    : clock_(Clock::Real()),
      metrics_(std::move(metrics)),
      config_(std::move(config)),
      server_config_(config_->Current()->server),
      loop_(loop),
      stores_(std::move(stores)),
      signals_(
          loop_, [this] { End(absl::OkStatus()); },
          [this] {
            if (admission_ != nullptr) admission_->ReopenFiles();
          }),
      http_(loop_),
      resolver_(loop_, http_, *config_, Seed()),
      endpoint_(http_, clock_),
      cache_(kCachedTokens),
      jitter_(Seed()),
      parts_(loop_, *metrics_, *config_, stores_->grants(), stores_->spill(), resolver_, endpoint_,
             cache_, jitter_),
      broker_(parts_),
      watches_(parts_, broker_),
      logins_(parts_, stores_->logins()),
      grant_admin_(parts_, broker_),
      refresher_(parts_, broker_),
      providers_(parts_),
      operations_(parts_, Facts()),
      token_handler_(broker_, clock_),
      login_handler_(logins_, loop_),
      grant_admin_handler_(grant_admin_, loop_),
      provider_handler_(providers_, loop_),
      operations_handler_(operations_, loop_) {}

Application::~Application() {
  config_thread_ = {};
  if (admission_ != nullptr) admission_->Stop();
  StopLoop();
  loop_.DropTasks();
}

absl::Status Application::Start() {
  ShowInMetrics();
  WarnOfWhatIsOpen();
  AdminOptions admin;
  admin.address = server_config_.admin_listen;
  admin.ready = [this] { return Ready(); };
  admin.started = [this] { return Started(); };
  admin.operations = &operations_;
  TB_ASSIGN_OR_RETURN(admin_, AdminServer::Start(loop_, *metrics_, std::move(admin)));

  loop_.Spawn(RecoverSpill(&parts_, &stores_->logins()));
  TB_RETURN_IF_ERROR(Listen());
  grpc_->SetServing(Serving::kNo);

  admission_->Start();
  stores_->Start([this](absl::Status why) { End(std::move(why)); });
  refresher_.Start();
  loop_.Spawn(KeepHealth());
  loop_thread_ = std::thread([this] { loop_.Run(); });
  config_thread_ = std::jthread([this](std::stop_token stop) { config_->Run(std::move(stop)); });
  phase_ = Phase::kServing;
  Log(LogLevel::kInfo, "listening", {{"name", "admin"}, {"address", admin_->address()}});
  Log(LogLevel::kInfo, "listening", {{"name", "grpc"}, {"address", grpc_->address()}});
  return absl::OkStatus();
}

absl::Status Application::Listen() {
  TB_ASSIGN_OR_RETURN(admission_, Admission::Make(loop_, http_, *metrics_, *config_));
  FrontDoor& door = admission_->door();
  watch_handler_ =
      std::make_unique<WatchHandler>(loop_, watches_, admission_->callers(), *metrics_);
  token_broker_grpc_ =
      std::make_unique<TokenBrokerGrpc>(token_handler_, login_handler_, *watch_handler_, door);
  grant_admin_grpc_ = std::make_unique<GrantAdminGrpc>(grant_admin_handler_, door);
  provider_grpc_ = std::make_unique<ProviderGrpc>(provider_handler_, door);
  operations_grpc_ = std::make_unique<OperationsGrpc>(operations_handler_, door);
  const std::vector<grpc::Service*> services = {token_broker_grpc_.get(), grant_admin_grpc_.get(),
                                                provider_grpc_.get(), operations_grpc_.get()};
  // Whoever watches as much as it may on one connection can call on it all the same.
  ConnectionLimits limits;
  limits.streams += server_config_.quotas.watches;
  limits.age = server_config_.max_connection_age;
  limits.grace = server_config_.max_connection_age_grace;
  TB_ASSIGN_OR_RETURN(
      grpc_, GrpcServer::Start(server_config_.listen, services, admission_->credentials(), limits));
  return absl::OkStatus();
}

absl::Status Application::RunUntilEnd() {
  absl::Status why = ending_.get_future().get();
  Drain();
  return why;
}

void Application::End(absl::Status why) {
  if (!std::exchange(ends_, true)) ending_.set_value(std::move(why));
}

ProcessFacts Application::Facts() {
  ProcessFacts facts;
  facts.version = TB_VERSION;
  facts.host = HostName();
  facts.start_time = clock_.TimeNow();
  facts.serving = [this] { return phase_ == Phase::kServing; };
  facts.config_loading = [this] {
    ConfigLoading loading = config_->Loading();
    return std::make_pair(loading.last_load, std::move(loading.error));
  };
  facts.store = [this] { return stores_->Status(); };
  facts.tls = [this] { return admission_->Tls(); };
  return facts;
}

void Application::ShowInMetrics() {
  ShowBuild(*metrics_, TB_VERSION);
  process_reading_ = ShowProcess(*metrics_, clock_);
  prometheus::Gauge& ready =
      metrics_->Gauge("tokenbroker_ready", "1 while /readyz says that calls may be sent here.");
  ready_reading_ = metrics_->ReadBeforeText([this, &ready] { ready.Set(Ready().ok() ? 1 : 0); });
}

void Application::WarnOfWhatIsOpen() {
  const bool plaintext = !server_config_.tls && !absl::StartsWith(server_config_.listen, "unix:");
  metrics_
      ->Gauge("tokenbroker_plaintext_listener",
              "1 while access tokens cross the gRPC listener unencrypted.")
      .Set(plaintext ? 1 : 0);
  if (plaintext) {
    Log(LogLevel::kWarning, "plaintext_listener",
        {{"address", server_config_.listen},
         {"message", "access tokens cross this listener unencrypted"}});
  }
}

absl::Status Application::Ready() const {
  switch (phase_.load()) {
    case Phase::kStarting:
      return absl::UnavailableError("starting");
    case Phase::kServing:
      return broker_.CanServe();
    case Phase::kDraining:
      return absl::UnavailableError("shutting down");
  }
  return absl::OkStatus();
}

absl::Status Application::Started() const {
  return phase_ == Phase::kStarting ? absl::UnavailableError("starting") : absl::OkStatus();
}

Task<void> Application::KeepHealth() {
  bool was_ready = false;
  while (phase_ != Phase::kDraining) {
    const absl::Status ready = Ready();
    if (ready.ok() && !was_ready) Log(LogLevel::kInfo, "ready");
    if (!ready.ok() && was_ready) Log(LogLevel::kError, "not_ready", {{"why", ready.message()}});
    if (ready.ok() != was_ready) grpc_->SetServing(ready.ok() ? Serving::kYes : Serving::kNo);
    was_ready = ready.ok();
    co_await loop_.Sleep(was_ready ? kHealthCheck : kFirstHealthCheck);
  }
  // The drain began at any moment of the last turn.
  grpc_->SetServing(Serving::kNo);
}

void Application::Drain() {
  phase_ = Phase::kDraining;
  Log(LogLevel::kInfo, "draining");
  const SteadyTime deadline = clock_.SteadyNow() + server_config_.drain_timeout - kLastWords;
  grpc_->SetServing(Serving::kNo);
  watch_handler_->CloseAll();
  loop_.Post([this] { refresher_.Stop(); });
  DrainCalls(deadline);
  DrainFlights(deadline);
  StopLoop();
  loop_.DropTasks();
  Log(LogLevel::kInfo, "stopped");
}

void Application::DrainCalls(SteadyTime deadline) {
  const absl::Duration grace = deadline - clock_.SteadyNow();
  std::future<void> ended =
      std::async(std::launch::async, [this, grace] { grpc_->Shutdown(grace); });
  const auto patience = absl::ToChronoMilliseconds(grace + kLastWords / 2);
  if (ended.wait_for(patience) == std::future_status::ready) return;
  // Calls that wait longer than we may: dropping their tasks answers them. gRPC may have been
  // handing us one more at this very moment, hence the loop.
  Log(LogLevel::kWarning, "calls_cut_off");
  StopLoop();
  do {
    loop_.DropTasks();
  } while (ended.wait_for(std::chrono::milliseconds(10)) != std::future_status::ready);
}

void Application::DrainFlights(SteadyTime deadline) {
  if (!loop_thread_.joinable()) return;
  auto drained = std::make_shared<std::promise<bool>>();
  loop_.Spawn(WaitForFlights(deadline, drained));
  std::future<bool> all = drained->get_future();
  const auto patience = absl::ToChronoMilliseconds(deadline - clock_.SteadyNow() + kLastWords / 2);
  const bool answered = all.wait_for(patience) == std::future_status::ready;
  if (!answered || !all.get()) Log(LogLevel::kError, "flights_cut_off");
}

Task<void> Application::WaitForFlights(SteadyTime deadline,
                                       std::shared_ptr<std::promise<bool>> drained) {
  const bool refreshed = co_await broker_.Drain(deadline);
  const bool logged_in = co_await logins_.WaitIdle(deadline);
  const bool looked_after = co_await grant_admin_.WaitIdle(deadline);
  const bool committed = co_await parts_.in_flight.WaitUntilNone(deadline);
  co_await broker_.FlushUses();
  drained->set_value(refreshed && logged_in && looked_after && committed);
}

void Application::StopLoop() {
  if (!loop_thread_.joinable()) return;
  loop_.Stop();
  loop_thread_.join();
  stores_->Stop();
}

}  // namespace tokenbroker

#include "broker/operations.h"

#include <algorithm>
#include <tuple>

#include "broker/status_findings.h"

namespace tokenbroker {
namespace {

constexpr absl::Duration kStorePatience = absl::Seconds(1);
constexpr int kOnlyKey = 0;

void LogChange(LogLevel from, LogLevel to) {
  Log(LogLevel::kWarning, "log_level_changed",
      {{"from", LogLevelName(from)}, {"to", LogLevelName(to)}});
}

}  // namespace

ProviderStatus Operations::StatusOf(const ProviderConfig& config) const {
  ProviderGate& gate = parts_.gates.For(config.name);
  const SteadyTime now = parts_.Now();
  const absl::Time wall = parts_.loop.clock().TimeNow();
  ProviderStatus status;
  status.provider = config.name;
  status.frozen = gate.IsFrozen(config);
  status.in_flight = gate.in_flight();
  const SteadyTime reopens_at = gate.ReopensAt(config);
  if (reopens_at > now) status.not_before = wall + (reopens_at - now);
  const DueBacklog& backlog = gate.meters().backlog();
  status.due = backlog.grants;
  status.due_lag = backlog.lag;
  if (gate.last_success() != SteadyTime::InfinitePast()) {
    status.last_success = wall - (now - gate.last_success());
  }
  return status;
}

Task<bool> Operations::AskStore() {
  // Any question will do that the store answers from what it has: this one is cheap.
  const ProviderStateAnswer answer = co_await parts_.grants.GetProviderState("");
  co_return answer.outcome == ProviderStateAnswer::Outcome::kOk;
}

Task<absl::StatusOr<ReplicaStatus>> Operations::GetStatus() {
  ReplicaStatus status;
  const SteadyTime patience = parts_.Now() + kStorePatience;
  decltype(store_probe_)::Start start = [this] { return AskStore(); };
  const absl::optional<bool> reachable =
      co_await store_probe_.Join(kOnlyKey, patience, std::move(start));
  status.store_reachable = reachable.value_or(false);
  status.version = facts_.version;
  status.host = facts_.host;
  status.start_time = facts_.start_time;
  status.serving = facts_.serving();
  std::tie(status.config_load_time, status.config_error) = facts_.config_loading();
  status.cached_grants = static_cast<int64_t>(parts_.cache.size());
  status.log_level = GetLogLevel();
  const std::shared_ptr<const Snapshot> snapshot = parts_.config.Current();
  for (const auto& [name, config] : snapshot->providers) {
    status.providers.push_back(StatusOf(*config));
  }
  std::sort(
      status.providers.begin(), status.providers.end(),
      [](const ProviderStatus& a, const ProviderStatus& b) { return a.provider < b.provider; });
  status.store = facts_.store();
  status.tls = facts_.tls();
  status.findings = FindingsOf(status, parts_.loop.clock().TimeNow());
  co_return status;
}

LogLevel Operations::ChangeLogLevel(LogLevel level) {
  const LogLevel before = GetLogLevel();
  // Said while more is logged, so that it is seen when either level takes it.
  if (level > before) LogChange(before, level);
  SetLogLevel(level);
  if (level < before) LogChange(before, level);
  return before;
}

}  // namespace tokenbroker

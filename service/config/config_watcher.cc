#include "config/config_watcher.h"

#include <absl/strings/str_join.h>
#include <absl/strings/string_view.h>

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "base/status_macros.h"
#include "config/load_config.h"
#include "config/periodic_check.h"

namespace tokenbroker {
namespace {

void WarnOfRestart(absl::string_view section) {
  Log(LogLevel::kWarning, "config_needs_restart", {{"section", section}});
}

// Keeps what only a restart changes, and the very objects of unchanged providers and of an
// unchanged policy, so that who holds one can compare pointers.
ConfigChange Merge(const Snapshot& old, Snapshot fresh) {
  if (!(fresh.server == old.server)) WarnOfRestart("server");
  if (!(fresh.cache == old.cache)) WarnOfRestart("cache");
  if (!(fresh.store == old.store)) WarnOfRestart("store");
  fresh.server = old.server;
  fresh.cache = old.cache;
  fresh.store = old.store;

  if (old.has_policy && !fresh.has_policy) {
    // Never opened by the loss of a line, and the listener stays, which may need a policy.
    WarnOfRestart("policy_file");
    fresh.has_policy = true;
    fresh.policy = old.policy;
  }

  ConfigChange change;
  if (*fresh.policy == *old.policy) {
    fresh.policy = old.policy;
  } else {
    change.policy_changed = true;
  }
  for (auto& [name, provider] : fresh.providers) {
    const std::shared_ptr<const ProviderConfig> before = old.FindProvider(name);
    if (before != nullptr && *before == *provider) {
      provider = before;
    } else {
      change.changed.push_back(name);
    }
  }
  for (const auto& [name, provider] : old.providers) {
    if (fresh.FindProvider(name) == nullptr) change.removed.push_back(name);
  }
  std::sort(change.changed.begin(), change.changed.end());
  std::sort(change.removed.begin(), change.removed.end());
  change.current = std::make_shared<const Snapshot>(std::move(fresh));
  return change;
}

}  // namespace

absl::StatusOr<std::unique_ptr<ConfigWatcher>> ConfigWatcher::Start(ConfigOptions options,
                                                                    Metrics& metrics) {
  FileRecord files(options.reader);
  TB_ASSIGN_OR_RETURN(Snapshot first,
                      LoadConfig(options.path, options.environment, options.presets, files));
  if (!first.has_policy) {
    Log(LogLevel::kWarning, "no_policy",
        {{"meaning", "whoever reaches the listener may do everything"},
         {"fix", "name a policy_file in the configuration"}});
  }
  return std::unique_ptr<ConfigWatcher>(
      new ConfigWatcher(std::move(options), std::move(files), std::move(first), metrics));
}

ConfigWatcher::ConfigWatcher(ConfigOptions options, FileRecord files, Snapshot first,
                             Metrics& metrics)
    : options_(std::move(options)),
      report_("config", metrics),
      secret_ages_(metrics),
      files_(std::move(files)),
      current_(std::make_shared<const Snapshot>(std::move(first))),
      loading_{options_.clock->TimeNow(), ""} {
  secret_ages_.Show(*current_);
}

std::shared_ptr<const Snapshot> ConfigWatcher::Current() const {
  MutexLock lock(current_mutex_);
  return current_;
}

ConfigLoading ConfigWatcher::Loading() const {
  MutexLock lock(current_mutex_);
  return loading_;
}

void ConfigWatcher::OnChange(std::function<void(const ConfigChange&)> listener) {
  MutexLock lock(check_mutex_);
  listeners_.push_back(std::move(listener));
}

void ConfigWatcher::CheckNow() {
  MutexLock lock(check_mutex_);
  if (!files_.StillTrue()) Reload();
  // A file that was written anew may say what it said.
  secret_ages_.Show(*Current());
}

void ConfigWatcher::Reload() {
  FileRecord files(options_.reader);
  absl::StatusOr<Snapshot> fresh =
      LoadConfig(options_.path, options_.environment, options_.presets, files);
  files_ = std::move(files);
  if (fresh.ok()) {
    Publish(*std::move(fresh));
  } else {
    report_.Failed(fresh.status());
    MutexLock current_lock(current_mutex_);
    loading_.error = std::string(fresh.status().message());
  }
}

void ConfigWatcher::Publish(Snapshot fresh) {
  report_.Succeeded();
  const ConfigChange change = Merge(*Current(), std::move(fresh));
  {
    MutexLock lock(current_mutex_);
    current_ = change.current;
    loading_ = {options_.clock->TimeNow(), ""};
  }
  Log(LogLevel::kInfo, "config_reloaded",
      {{"changed", absl::StrJoin(change.changed, ",")},
       {"removed", absl::StrJoin(change.removed, ",")},
       {"policy_changed", change.policy_changed ? "true" : "false"}});
  if (change.changed.empty() && change.removed.empty() && !change.policy_changed) return;
  for (const auto& listener : listeners_) listener(change);
}

void ConfigWatcher::Run(std::stop_token stop, absl::Duration period) {
  CheckPeriodically(std::move(stop), period, [this] { CheckNow(); });
}

}  // namespace tokenbroker

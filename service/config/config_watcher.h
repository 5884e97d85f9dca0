// Keeps the configuration in force in step with its files: the live reload.
//
// `providers`, their secrets and the policy are replaced as one immutable snapshot; `server`,
// `store` and `cache` stay as they were at the start, with a warning when the file says otherwise;
// so does a policy whose policy_file is taken out. A file that
// is broken changes nothing, is logged once, and shows in the metrics. A provider that is taken out
// of the file disappears from the snapshot.
#pragma once

#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/metrics.h"
#include "base/mutex.h"
#include "config/environment.h"
#include "config/file_reader.h"
#include "config/preset.h"
#include "config/reload_report.h"
#include "config/secret_ages.h"
#include "config/snapshot.h"

namespace tokenbroker {

// What a reload did.
struct ConfigChange {
  std::shared_ptr<const Snapshot> current;
  // Sorted names: new ones, and those with any difference, a secret's included.
  std::vector<std::string> changed;
  std::vector<std::string> removed;
  bool policy_changed = false;
};

// How the last looks at the files went.
struct ConfigLoading {
  // When what is in force was read.
  absl::Time last_load;
  // Why what was read since is not in force; empty when it is. Names files, never a secret.
  std::string error;
};

// What is watched, and how it is read.
struct ConfigOptions {
  std::string path;
  Environment environment = ProcessEnvironment();
  Presets presets;
  FileReader reader = ReadSmallFile;
  Clock* clock = &Clock::Real();
};

// Any thread, except where said.
class ConfigWatcher : public ConfigSource {
 public:
  // Loads once, and warns when there is no policy; the error is LoadConfig's. `metrics` outlives
  // the watcher.
  static absl::StatusOr<std::unique_ptr<ConfigWatcher>> Start(ConfigOptions options,
                                                              Metrics& metrics);

  std::shared_ptr<const Snapshot> Current() const override;
  ConfigLoading Loading() const;

  // Is called after every reload that changed a provider or the policy, on the thread that checks,
  // one at a time, and may call Current() but not CheckNow() or OnChange(). Lives as long as the
  // watcher.
  void OnChange(std::function<void(const ConfigChange&)> listener);

  // Looks at the files' contents and reloads when one differs from what was read. Blocks: never on
  // the event loop's thread.
  void CheckNow();

  // Checks every `period` until `stop` is requested; for a thread of its own.
  void Run(std::stop_token stop, absl::Duration period = absl::Seconds(1));

 private:
  ConfigWatcher(ConfigOptions options, FileRecord files, Snapshot first, Metrics& metrics);

  void Reload() TB_REQUIRES(check_mutex_);
  void Publish(Snapshot fresh) TB_REQUIRES(check_mutex_);

  const ConfigOptions options_;

  // Held through a whole check, file reads included; Current() does not take it.
  Mutex check_mutex_;
  ReloadReport report_ TB_GUARDED_BY(check_mutex_);
  SecretAges secret_ages_ TB_GUARDED_BY(check_mutex_);
  FileRecord files_ TB_GUARDED_BY(check_mutex_);
  std::vector<std::function<void(const ConfigChange&)>> listeners_ TB_GUARDED_BY(check_mutex_);

  mutable Mutex current_mutex_;
  std::shared_ptr<const Snapshot> current_ TB_GUARDED_BY(current_mutex_);
  ConfigLoading loading_ TB_GUARDED_BY(current_mutex_);
};

}  // namespace tokenbroker

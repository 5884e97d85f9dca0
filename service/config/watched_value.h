// A value that is read from files and read again when they change: the live reload of a keyring, of
// a password. Files that are broken change nothing.
#pragma once

#include <absl/status/statusor.h>
#include <absl/strings/string_view.h>

#include <functional>
#include <memory>
#include <utility>

#include "base/metrics.h"
#include "base/mutex.h"
#include "base/status_macros.h"
#include "config/file_reader.h"
#include "config/reload_report.h"

namespace tokenbroker {

// Any thread.
template <typename T>
class WatchedValue {
 public:
  // Makes the value of what it reads from `files`. Its errors are logged: nothing secret in them.
  using Load = std::function<absl::StatusOr<T>(FileRecord& files)>;

  // Loads once; the error is that of `load`. `what` is ReloadReport's; `metrics` outlives the
  // value.
  static absl::StatusOr<std::unique_ptr<WatchedValue>> Start(absl::string_view what, Load load,
                                                             FileReader reader, Metrics& metrics) {
    FileRecord files(reader);
    TB_ASSIGN_OR_RETURN(T first, load(files));
    return std::unique_ptr<WatchedValue>(new WatchedValue(
        what, std::move(load), std::move(reader), std::move(files), std::move(first), metrics));
  }

  // Never null.
  std::shared_ptr<const T> Current() const {
    MutexLock lock(current_mutex_);
    return current_;
  }

  // Looks at the files' contents and loads anew when one differs from what was read. Blocks: never
  // on the event loop's thread. See config/periodic_check.h.
  void CheckNow() {
    MutexLock lock(check_mutex_);
    if (files_.StillTrue()) return;
    FileRecord files(reader_);
    absl::StatusOr<T> fresh = load_(files);
    files_ = std::move(files);
    if (!fresh.ok()) {
      report_.Failed(fresh.status());
      return;
    }
    report_.Succeeded();
    auto current = std::make_shared<const T>(*std::move(fresh));
    MutexLock current_lock(current_mutex_);
    current_ = std::move(current);
  }

 private:
  WatchedValue(absl::string_view what, Load load, FileReader reader, FileRecord files, T first,
               Metrics& metrics)
      : load_(std::move(load)),
        reader_(std::move(reader)),
        report_(what, metrics),
        files_(std::move(files)),
        current_(std::make_shared<const T>(std::move(first))) {}

  const Load load_;
  const FileReader reader_;

  // Held through a whole check, file reads included; Current() does not take it.
  Mutex check_mutex_;
  ReloadReport report_ TB_GUARDED_BY(check_mutex_);
  FileRecord files_ TB_GUARDED_BY(check_mutex_);

  mutable Mutex current_mutex_;
  std::shared_ptr<const T> current_ TB_GUARDED_BY(current_mutex_);
};

}  // namespace tokenbroker

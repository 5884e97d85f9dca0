// The keyring in force, in step with its file: the live reload. A broken file keeps the keyring
// before, and shows in the log and in tokenbroker_keyring_last_reload_successful.
#pragma once

#include <absl/status/statusor.h>

#include <memory>
#include <string>

#include "base/metrics.h"
#include "config/file_reader.h"
#include "config/watched_value.h"
#include "crypto/keyring.h"

namespace tokenbroker {

// Any thread, except where said.
class KeyringWatcher : public KeyringSource {
 public:
  // Loads once; the error is ReadKeyringFile's. A file that too many may read is logged, as is
  // every keyring that is loaded, by its keys' ids. `metrics` outlives the watcher.
  static absl::StatusOr<std::unique_ptr<KeyringWatcher>> Start(const std::string& path,
                                                               Metrics& metrics,
                                                               FileReader reader = ReadSmallFile);

  std::shared_ptr<const Keyring> Current() const override { return keyring_->Current(); }

  // Reloads when the file's content has changed, by whatever means. Blocks: never on the event
  // loop's thread. See config/periodic_check.h.
  void CheckNow() { keyring_->CheckNow(); }

 private:
  explicit KeyringWatcher(std::unique_ptr<WatchedValue<Keyring>> keyring)
      : keyring_(std::move(keyring)) {}

  const std::unique_ptr<WatchedValue<Keyring>> keyring_;
};

}  // namespace tokenbroker

#include "config/keyring_watcher.h"

#include <absl/strings/str_join.h>

#include <utility>

#include "base/log.h"
#include "base/status_macros.h"
#include "config/keyring_file.h"

namespace tokenbroker {
namespace {

absl::StatusOr<Keyring> LoadAndLog(const std::string& path, FileRecord& files) {
  TB_ASSIGN_OR_RETURN(Keyring keyring, ReadKeyringFile(path, files));
  if (const std::string loose = DescribeLooseMode(path); !loose.empty()) {
    Log(LogLevel::kWarning, "keyring_open_to_others", {{"message", loose}});
  }
  Log(LogLevel::kInfo, "keyring_loaded", {{"keys", absl::StrJoin(keyring.ReadableIds(), ",")}});
  return keyring;
}

}  // namespace

absl::StatusOr<std::unique_ptr<KeyringWatcher>> KeyringWatcher::Start(const std::string& path,
                                                                      Metrics& metrics,
                                                                      FileReader reader) {
  const auto load = [path](FileRecord& files) { return LoadAndLog(path, files); };
  TB_ASSIGN_OR_RETURN(auto keyring,
                      WatchedValue<Keyring>::Start("keyring", load, std::move(reader), metrics));
  return std::unique_ptr<KeyringWatcher>(new KeyringWatcher(std::move(keyring)));
}

}  // namespace tokenbroker

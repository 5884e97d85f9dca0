#include "config/secret_ages.h"

#include <sys/stat.h>

#include <algorithm>
#include <utility>

namespace tokenbroker {
namespace {

constexpr char kName[] = "tokenbroker_secret_file_modify_time_seconds";
constexpr char kHelp[] =
    "When the newest file of a provider's client secrets was last written, in seconds since 1970.";

}  // namespace

absl::optional<absl::Time> NewestModification(const std::vector<std::string>& files) {
  absl::optional<absl::Time> newest;
  for (const std::string& file : files) {
    struct stat status = {};
    if (::stat(file.c_str(), &status) != 0) continue;
    const absl::Time modified = absl::TimeFromTimespec(status.st_mtim);
    newest = std::max(newest.value_or(absl::InfinitePast()), modified);
  }
  return newest;
}

void SecretAges::Show(const Snapshot& snapshot) {
  std::set<std::string> gone = std::exchange(shown_, {});
  for (const auto& [name, provider] : snapshot.providers) {
    const absl::optional<absl::Time> newest = NewestModification(provider->secret_files);
    if (!newest) continue;
    metrics_.Gauge(kName, kHelp, {{"provider", name}})
        .Set(absl::ToDoubleSeconds(*newest - absl::UnixEpoch()));
    shown_.insert(name);
    gone.erase(name);
  }
  for (const std::string& name : gone) metrics_.RemoveGauge(kName, kHelp, {{"provider", name}});
}

}  // namespace tokenbroker

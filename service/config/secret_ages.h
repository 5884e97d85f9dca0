// Shows how old the client secrets of each provider are, by the files that they are in.
#pragma once

#include <absl/time/time.h>
#include <absl/types/optional.h>

#include <set>
#include <string>
#include <vector>

#include "base/metrics.h"
#include "config/snapshot.h"

namespace tokenbroker {

// Not thread-safe. tokenbroker_secret_file_modify_time_seconds{provider}; of public clients there
// is none.
class SecretAges {
 public:
  // `metrics` must outlive it.
  explicit SecretAges(Metrics& metrics) : metrics_(metrics) {}

  // Looks at the files of the snapshot's providers. Blocks.
  void Show(const Snapshot& snapshot);

 private:
  Metrics& metrics_;
  // The providers that the metrics speak of.
  std::set<std::string> shown_;
};

// When the newest of the files was last written; nullopt without a file that can be looked at.
absl::optional<absl::Time> NewestModification(const std::vector<std::string>& files);

}  // namespace tokenbroker

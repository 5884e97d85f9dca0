// The gates of all providers, made when first asked for.
#pragma once

#include <absl/container/flat_hash_map.h>

#include <memory>
#include <string>

#include "broker/provider_gate.h"
#include "config/snapshot.h"

namespace tokenbroker {

// Loop thread only, which the texts of `metrics` are made on, too. All must outlive it. Its size is
// that of the configuration's providers over time; names that callers make up never come here.
class ProviderGates {
 public:
  ProviderGates(Loop& loop, Metrics& metrics, Jitter& jitter)
      : loop_(loop), metrics_(metrics), jitter_(jitter), reading_(metrics.ReadBeforeText([this] {
          for (const auto& [provider, gate] : gates_) gate->ShowPause();
        })) {}

  // Lives as long as this.
  ProviderGate& For(const std::string& provider) {
    std::unique_ptr<ProviderGate>& gate = gates_[provider];
    if (gate == nullptr) {
      gate = std::make_unique<ProviderGate>(loop_, metrics_, jitter_, provider);
    }
    return *gate;
  }

  // A provider that is not configured any more has nothing to show.
  void ShowOnly(const Snapshot& snapshot) {
    for (const auto& [provider, gate] : gates_) {
      if (snapshot.FindProvider(provider) != nullptr) continue;
      gate->meters().ShowFrozen(false);
      gate->meters().ShowBacklog({});
    }
  }

 private:
  Loop& loop_;
  Metrics& metrics_;
  Jitter& jitter_;
  absl::flat_hash_map<std::string, std::unique_ptr<ProviderGate>> gates_;
  const Metrics::Reading reading_;
};

}  // namespace tokenbroker

// Looking at providers, over the ports.
#pragma once

#include <absl/container/flat_hash_map.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "broker/broker_parts.h"
#include "broker/provider_service.h"
#include "io/single_flight.h"

namespace tokenbroker {

// How long a provider is left alone between two checks of the same configuration, by one replica.
inline constexpr absl::Duration kBetweenChecks = absl::Seconds(5);

// Loop thread only. Must outlive its calls; end them with Loop::DropTasks.
class Providers : public ProviderService {
 public:
  // `parts` outlives it.
  explicit Providers(BrokerParts& parts) : parts_(parts), checks_(parts.loop) {}

  Task<absl::StatusOr<ProviderPage>> ListProviders(ListProvidersQuery query) override;
  Task<absl::StatusOr<std::vector<ProviderCheck>>> CheckProvider(std::string provider,
                                                                 SteadyTime deadline) override;

 private:
  using Config = std::shared_ptr<const ProviderConfig>;
  using Found = absl::StatusOr<std::vector<ProviderCheck>>;
  struct LastCheck {
    Config config;
    SteadyTime ended;
  };

  ProviderView ViewOf(Config config) const;
  Task<Found> Check(Config config);

  BrokerParts& parts_;
  // By name and configuration: who mended it does not join a check of the broken one.
  SingleFlight<std::pair<std::string, const ProviderConfig*>, Found> checks_;
  absl::flat_hash_map<std::string, LastCheck> last_checks_;
};

}  // namespace tokenbroker

// Looking after this replica, over the ports.
#pragma once

#include <absl/time/time.h>

#include <functional>
#include <string>
#include <utility>

#include "broker/broker_parts.h"
#include "broker/operations_service.h"
#include "io/single_flight.h"

namespace tokenbroker {

// What the composition root alone knows of the process.
struct ProcessFacts {
  std::string version;
  std::string host;
  absl::Time start_time;
  // Started, and not draining. Any thread.
  std::function<bool()> serving;
  // When the configuration in force was read, and why a later one is not in force.
  std::function<std::pair<absl::Time, std::string>()> config_loading;
  // Loop thread.
  std::function<StoreStatus()> store;
  std::function<absl::optional<TlsStatus>()> tls;
};

// Loop thread only. Must outlive its calls; end them with Loop::DropTasks.
class Operations : public OperationsService {
 public:
  // `parts` outlives it.
  Operations(BrokerParts& parts, ProcessFacts facts)
      : parts_(parts), facts_(std::move(facts)), store_probe_(parts.loop) {}

  Task<absl::StatusOr<ReplicaStatus>> GetStatus() override;
  LogLevel ChangeLogLevel(LogLevel level) override;

 private:
  ProviderStatus StatusOf(const ProviderConfig& config) const;
  Task<bool> AskStore();

  BrokerParts& parts_;
  const ProcessFacts facts_;
  // One question at a time, however many want to know; it has no key.
  SingleFlight<int, bool> store_probe_;
};

}  // namespace tokenbroker

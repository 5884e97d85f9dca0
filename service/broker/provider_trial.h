// One check of one provider: its issuer is asked, then its token endpoint, as a refresh would.
#pragma once

#include <memory>
#include <vector>

#include "broker/broker_parts.h"
#include "broker/provider_service.h"

namespace tokenbroker {

// Loop thread only. Within the provider's limits, and not before a time that it asked for. What it
// finds reaches neither gate nor secrets. PROVIDER_UNKNOWN when `config` is not in force any more.
// `parts` outlives the task.
Task<absl::StatusOr<std::vector<ProviderCheck>>> TryProvider(
    BrokerParts* parts, std::shared_ptr<const ProviderConfig> config);

}  // namespace tokenbroker

// From the policy's message to its validated rules. Any thread.
#pragma once

#include <tokenbroker/config/v1/policy.pb.h>

#include <vector>

#include "config/config_errors.h"
#include "config/policy_rule.h"

namespace tokenbroker {

// Adds to `errors` whatever is missing, wrong or contradictory; the result means something only
// when that was nothing.
std::vector<PolicyRule> BuildRules(const config::v1::Policy& policy, ConfigErrors& errors);

}  // namespace tokenbroker

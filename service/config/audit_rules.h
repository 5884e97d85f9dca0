// From `audit` and `server.quotas` to what they mean. Any thread. Both add to `errors` whatever is
// missing, wrong or contradictory; they look at no file.
#pragma once

#include <tokenbroker/config/v1/config.pb.h>

#include <string>

#include "config/audit_config.h"
#include "config/config_errors.h"

namespace tokenbroker {

// Relative paths count from `folder`, which is empty or ends in '/'.
AuditConfig BuildAudit(const config::v1::Audit& audit, const std::string& folder,
                       ConfigErrors& errors);

QuotaConfig BuildQuotas(const config::v1::Quotas& quotas, ConfigErrors& errors);

}  // namespace tokenbroker

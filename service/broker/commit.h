// The second half of a refresh: what the provider gave is stored, whatever it takes.
#pragma once

#include "broker/begin.h"
#include "oauth/token_endpoint.h"

namespace tokenbroker {

// Stores `answer` (REQUIRES: it has tokens) as the successor of what `begun` handed out, repeating
// the call until the store has confirmed it: a rotated token exists nowhere else. Then puts it into
// the cache. Ends with OK and kRefreshed, with OK and kStore when something newer is stored, or
// with the refusal that stands in the way (revoked meanwhile, another identity, an unusable token).
// Loop thread only.
Task<RefreshResult> CommitTokens(BrokerParts* parts, RefreshOrder order, BegunRefresh begun,
                                 TokenAnswer answer,
                                 std::shared_ptr<const ResolvedProvider> provider,
                                 ClientSecret secret);

}  // namespace tokenbroker

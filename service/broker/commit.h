// The second half of a refresh: what the provider gave is stored, whatever it takes.
#pragma once

#include "broker/begin.h"
#include "oauth/token_endpoint.h"

namespace tokenbroker {

// Stores `answer` (REQUIRES: it has tokens) as the successor of what `begun` handed out; the cache
// has it then. Ends when the store has decided, or when the commit is safe on disk and the store
// goes on being asked: a rotated token exists nowhere else. Ends with OK and kRefreshed, with OK
// and kStore when something newer is stored, or with the refusal that stands in the way (revoked
// meanwhile, another identity, an unusable token). Loop thread only.
Task<RefreshResult> CommitTokens(BrokerParts* parts, RefreshOrder order, BegunRefresh begun,
                                 TokenAnswer answer, std::shared_ptr<const ProviderConfig> config);

}  // namespace tokenbroker

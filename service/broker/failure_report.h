// How the store hears of an attempt that brought no tokens.
#pragma once

#include "broker/broker_parts.h"
#include "store/grant_store.h"

namespace tokenbroker {

// Loop thread only.

// Reports a failed attempt until the store has heard it; gives up when it does not answer for
// kFlightPatience (the lease then ends by itself and the intent speaks for it).
Task<FailAnswer> ReportFailure(BrokerParts* parts, FailRequest request);

// The begin of `attempt` may have been executed, or still be until `not_after`, although nobody
// heard of it: reports it as not sent, for as long as that takes, so that it does not look like a
// refresh whose outcome is unknown. Until then it holds the grant (parts->held).
void TakeBack(BrokerParts* parts, const GrantKey& key, Attempt attempt, SteadyTime not_after);

}  // namespace tokenbroker

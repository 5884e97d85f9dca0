// Puts back what this replica stored lately and the store has lost: a failover with asynchronous
// replication un-happens acknowledged writes.
#pragma once

#include "broker/broker_parts.h"
#include "store/grant_store.h"

namespace tokenbroker {

// Loop thread only.

// Puts it back, once. kLost: the store has this generation or a higher one.
Task<PutGrantAnswer::Outcome> RestoreGrant(BrokerParts* parts, RecentCommit commit);

// Puts back all that parts->recent_commits has, of which the store takes what is newer than its
// own; goes on trying for one lease length, for which the store settles.
Task<void> RestoreRecentCommits(BrokerParts* parts);

}  // namespace tokenbroker

// Puts back what this replica stored lately and the store has lost: a failover with asynchronous
// replication un-happens acknowledged writes.
#pragma once

#include "broker/broker_parts.h"
#include "store/grant_store.h"

namespace tokenbroker {

// Loop thread only.

// What became of what was put back.
enum class Restored {
  kYes,   // The primary has it, whether or not its replicas do.
  kNo,    // The store has this generation or a higher one.
  kAgain  // Not known.
};

// Puts it back, once.
Task<Restored> RestoreGrant(BrokerParts* parts, RecentCommit commit);

// Puts back all that parts->recent_commits has, of which the store takes what is newer than its
// own; goes on trying for one lease length, for which the store settles.
Task<void> RestoreRecentCommits(BrokerParts* parts);

}  // namespace tokenbroker

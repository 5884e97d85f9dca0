// What an earlier process of this replica left on disk goes into the store.
#pragma once

#include "broker/broker_parts.h"
#include "store/login_store.h"

namespace tokenbroker {

// Reads the spill and repeats every write in it until the store has decided about each; returns
// when the last has been started. To be run once, at the start. Loop thread only; both outlive it.
Task<void> RecoverSpill(BrokerParts* parts, LoginStore* logins);

}  // namespace tokenbroker

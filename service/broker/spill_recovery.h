// What an earlier process of this replica left on disk goes into the store.
#pragma once

#include "broker/broker_parts.h"
#include "store/login_store.h"

namespace tokenbroker {

// Reads the spill and repeats every write in it until the store has decided about each; ends when
// the last has been started. Until then no refresh begins, from the call on: which grants the spill
// is about is not known yet. To be run once, at the start, before anybody can ask. Loop thread only
// (or before the loop runs); both outlive it.
Task<void> RecoverSpill(BrokerParts* parts, LoginStore* logins);

}  // namespace tokenbroker

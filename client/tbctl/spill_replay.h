// `tbctl spill replay`: the broker's own recovery, for a folder whose broker will not come back.
#pragma once

#include "client/tbctl/arguments.h"
#include "client/tbctl/store_command.h"

namespace tokenbroker::tbctl {

// Repeats every write until the store has decided, or has said nothing for a while (several times
// the surroundings' patience); then what is left stays in the folder. A token whose grant was
// revoked meanwhile is revoked at its provider.
ExitCode ReplaySpill(const Arguments& arguments, const StoreSurroundings& surroundings);

}  // namespace tokenbroker::tbctl

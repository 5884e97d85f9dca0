// `tbctl spill`: what waits in a spill folder, and its way into the store. One of the few parts of
// tbctl that link service/.
#pragma once

#include <absl/time/time.h>

#include "client/tbctl/arguments.h"
#include "client/tbctl/store_command.h"

namespace tokenbroker::tbctl {

// Prints what the folder holds, and what of it cannot be opened; never a token. `now`: for ages.
ExitCode ListSpill(const Arguments& arguments, const StoreSurroundings& surroundings,
                   absl::Time now);

}  // namespace tokenbroker::tbctl

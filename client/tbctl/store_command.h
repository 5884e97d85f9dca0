// `tbctl store`: makes the store in Redis, looks at it, raises its version. One of the few parts of
// tbctl that link service/.
#pragma once

#include <absl/time/time.h>

#include <ostream>

#include "client/tbctl/arguments.h"

namespace tokenbroker::tbctl {

// Where the commands on store and spill find the world.
struct StoreSurroundings {
  std::ostream& out;
  std::ostream& err;
  // How long Redis may be silent.
  absl::Duration patience = absl::Seconds(3);
};

// One of the commands of Arguments that are about the store. Works as the broker's Redis user.
ExitCode StoreCommand(const Arguments& arguments, const StoreSurroundings& surroundings);

}  // namespace tokenbroker::tbctl

// The command lines of `tbctl store` and `tbctl spill`.
#pragma once

#include "client/tbctl/arguments.h"

namespace CLI {
class App;
}

namespace tokenbroker::tbctl {

// Add `store` and `spill` with their commands to `app`. Each sets Arguments::command when it is
// parsed. Both outlive the parsing.
void AddStoreCommands(CLI::App& app, Arguments& arguments);
void AddSpillCommands(CLI::App& app, Arguments& arguments);

}  // namespace tokenbroker::tbctl

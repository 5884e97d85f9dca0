// The command line of `tbctl status`, `health`, `log-level` and `version`.
#pragma once

#include "client/tbctl/arguments.h"

namespace CLI {
class App;
}

namespace tokenbroker::tbctl {

// Adds the commands to `app`. Each sets Arguments::command when it is parsed. Both outlive the
// parsing.
void AddOperationsCommands(CLI::App& app, Arguments& arguments);

}  // namespace tokenbroker::tbctl

// The command line of `tbctl providers`.
#pragma once

#include "client/tbctl/arguments.h"

namespace CLI {
class App;
}

namespace tokenbroker::tbctl {

// Adds `providers` and its commands to `app`. Each sets Arguments::command when it is parsed. Both
// outlive the parsing.
void AddProvidersCommands(CLI::App& app, Arguments& arguments);

}  // namespace tokenbroker::tbctl

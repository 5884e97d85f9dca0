// The command line of `tbctl policy`.
#pragma once

#include "client/tbctl/arguments.h"

namespace CLI {
class App;
}

namespace tokenbroker::tbctl {

// Adds `policy` and its command to `app`, which sets Arguments::command when it is parsed. Both
// outlive the parsing.
void AddPolicyCommands(CLI::App& app, Arguments& arguments);

}  // namespace tokenbroker::tbctl

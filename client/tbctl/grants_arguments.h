// The command line of `tbctl grants`.
#pragma once

#include "client/tbctl/arguments.h"

namespace CLI {
class App;
}

namespace tokenbroker::tbctl {

// Adds PROVIDER and --subject, which name one grant.
void AddGrantName(CLI::App& command, Arguments& arguments);

// Adds `grants` and its commands to `app`. Each sets Arguments::command when it is parsed. Both
// outlive the parsing.
void AddGrantsCommands(CLI::App& app, Arguments& arguments);

}  // namespace tokenbroker::tbctl

// The command line of `tbctl keyring`.
#pragma once

#include "client/tbctl/arguments.h"

namespace CLI {
class App;
}

namespace tokenbroker::tbctl {

// Adds `keyring` and its commands to `app`. Each sets Arguments::command when it is parsed. Both
// outlive the parsing.
void AddKeyringCommands(CLI::App& app, Arguments& arguments);

}  // namespace tokenbroker::tbctl

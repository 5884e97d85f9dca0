// The command line of `tbctl grants`.
#pragma once

#include <string>

#include "client/tbctl/arguments.h"

namespace CLI {
class App;
}

namespace tokenbroker::tbctl {

// Adds PROVIDER and --subject, which name one grant.
void AddGrantName(CLI::App& command, Arguments& arguments);

// Adds --min-ttl, whose text goes to `min_ttl`.
void AddMinTtl(CLI::App& command, std::string& min_ttl);

// Adds `grants` and its commands to `app`. Each sets Arguments::command when it is parsed. Both
// outlive the parsing.
void AddGrantsCommands(CLI::App& app, Arguments& arguments);

}  // namespace tokenbroker::tbctl

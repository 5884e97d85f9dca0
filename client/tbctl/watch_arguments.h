// The command line of `tbctl watch`.
#pragma once

#include "client/tbctl/arguments.h"

namespace CLI {
class App;
}

namespace tokenbroker::tbctl {

// Adds `watch` to `app`; sets Arguments::command when it is parsed. Both outlive the parsing.
void AddWatchCommand(CLI::App& app, Arguments& arguments);

}  // namespace tokenbroker::tbctl

// The command line of `tbctl exec`.
#pragma once

#include <string>
#include <vector>

#include "client/tbctl/arguments.h"

namespace CLI {
class App;
}

namespace tokenbroker::tbctl {

// Adds `exec` to `app`; sets Arguments::command when it is parsed. `min_ttl` is where the text of
// --min-ttl goes. All outlive the parsing.
void AddExecCommand(CLI::App& app, Arguments& arguments, std::string& min_ttl);

// Takes the words behind `--` out of an `exec` command line, for they are another program's: the
// parser must not look at them. Of another command it takes nothing.
std::vector<std::string> TakeChildCommand(std::vector<std::string>* words);

}  // namespace tokenbroker::tbctl

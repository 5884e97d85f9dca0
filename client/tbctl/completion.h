// `tbctl completion bash`: a script that completes tbctl's command lines, made of the very options
// that the parser knows.
#pragma once

#include <string>

#include "client/tbctl/commands.h"

namespace CLI {
class App;
}

namespace tokenbroker::tbctl {

// Adds `completion` and its commands to `app`. Each sets Arguments::command when it is parsed. Both
// outlive the parsing.
void AddCompletionCommands(CLI::App& app, Arguments& arguments);

// For bash 3.2 and later: commands, flags, the words that an option takes, files, and the names of
// providers, for which it runs `tbctl completion providers`.
std::string BashCompletion(const CLI::App& app);

// `tbctl completion providers`: their names, one a line; nothing, and no word, when the broker does
// not give them at once.
ExitCode CompleteProviders(const Arguments& arguments, const Surroundings& surroundings);

}  // namespace tokenbroker::tbctl

// The settings that tbctl takes from several places: first from the command line, then from the
// environment, then from its configuration file. What the environment leaves empty counts as not
// given; an option that is given empty takes the setting away.
#pragma once

#include <absl/status/status.h>

#include <ostream>
#include <string>

#include "client/tbctl/arguments.h"

namespace CLI {
class App;
}

namespace tokenbroker::tbctl {

// Adds the options of the settings, and --config, to `app`. Both outlive the parsing.
void AddSettings(CLI::App& app, Arguments& arguments);

// Adds `config` to `app`; sets Arguments::command when it is parsed. Both outlive the parsing.
void AddConfigCommand(CLI::App& app, Arguments& arguments);

// After the parsing: fills in what the command line did not say, and says in `arguments->settings`
// where each value came from. INVALID_ARGUMENT when the configuration file is not right, or was
// named and is not there.
absl::Status ResolveSettings(const CLI::App& app, Arguments* arguments);

// `tbctl config`: each setting, its value, and where that came from.
ExitCode ShowSettings(const Arguments& arguments, std::ostream& out, std::ostream& err);

}  // namespace tokenbroker::tbctl

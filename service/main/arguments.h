// The command line of token-broker.
#pragma once

#include <absl/types/optional.h>

#include <ostream>
#include <string>

namespace tokenbroker {

// What the process ends with; --help lists them.
enum class ExitCode { kDone = 0, kFailed = 1, kConfiguration = 2 };

struct Arguments {
  std::string config_path;
  // Only read and validate the configuration.
  bool check = false;
};

// The arguments; or the code to exit with, help, version or error having been printed.
struct ParsedArguments {
  absl::optional<Arguments> arguments;
  ExitCode exit_code = ExitCode::kDone;
};
ParsedArguments ParseArguments(int argc, const char* const* argv, std::ostream& out,
                               std::ostream& err);

}  // namespace tokenbroker

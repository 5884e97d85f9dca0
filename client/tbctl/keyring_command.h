// `tbctl keyring`: looks after the keyring file. One of the few parts of tbctl that link service/.
#pragma once

#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <cstdint>
#include <functional>
#include <ostream>
#include <string>

#include "client/tbctl/arguments.h"

namespace tokenbroker::tbctl {

// What is sealed with one key, as the store knows it.
struct KeyUsage {
  int64_t grants = 0;
  int64_t logins = 0;
  // Writes that wait on some replica's disk.
  int64_t spills = 0;
};

// Asks the store that a configuration file names; any error means that it is not known.
using KeyUsageQuery = std::function<absl::StatusOr<KeyUsage>(const std::string& config_file,
                                                             const std::string& key_id)>;

// Where the commands find the world.
struct KeyringSurroundings {
  std::ostream& out;
  std::ostream& err;
  absl::Time now;
  KeyUsageQuery usage;
};

// One of the commands of Arguments that are about a keyring. Prints no key.
ExitCode KeyringCommand(const Arguments& arguments, const KeyringSurroundings& surroundings);

}  // namespace tokenbroker::tbctl

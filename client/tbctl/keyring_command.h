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

// Who needs one key, as the store and the brokers know it.
struct KeyUsage {
  int64_t grants = 0;
  // Some broker has a write on its disk that is sealed with it.
  bool spilled = false;
  // The keyring of the configuration seals with it, did a short while ago, or will: a pending login
  // may be sealed with it.
  bool seals = false;
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

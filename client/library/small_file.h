// Reads configuration files: certificates, keys, tokens. Any thread; blocks.
#pragma once

#include <absl/status/statusor.h>

#include <string>

namespace tokenbroker::client {

// INVALID_ARGUMENT: it cannot be read, is empty or longer than 4 MiB. The message names the path.
absl::StatusOr<std::string> ReadSmallFile(const std::string& path);

}  // namespace tokenbroker::client

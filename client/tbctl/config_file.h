// tbctl's own configuration file: how the broker is reached.
#pragma once

#include <absl/status/statusor.h>

#include <map>
#include <set>
#include <string>

namespace tokenbroker::tbctl {

// A value, and where it stands: "FILE:LINE".
struct ConfigValue {
  std::string text;
  std::string place;
};

// The values of the YAML file by key. A relative path (of a key that ends in `_file`) counts from
// the file's folder. INVALID_ARGUMENT, with file and line, for what is no map of texts, for a key
// that is not `known` or is there twice, for an empty value; NOT_FOUND when there is no such file.
absl::StatusOr<std::map<std::string, ConfigValue>> ReadConfigFile(
    const std::string& path, const std::set<std::string>& known);

}  // namespace tokenbroker::tbctl

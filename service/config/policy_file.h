// The policy, by file: YAML by the schema of policy.proto. Any thread; ReadPolicyFile blocks.
#pragma once

#include <absl/status/statusor.h>
#include <absl/strings/string_view.h>

#include <string>

#include "config/environment.h"
#include "config/file_reader.h"
#include "config/policy.h"

namespace tokenbroker {

constexpr size_t kMaxPolicyBytes = 1024 * 1024;

// INVALID_ARGUMENT carries every error found, one a line, as LoadConfig's does:
// `file:line:column: rules[0].callers[1]: what is wrong; the fix`.
absl::StatusOr<Policy> ReadPolicyFile(const std::string& path, const Environment& environment,
                                      FileRecord& files);

// The same from the file's text; `path` is only for messages.
absl::StatusOr<Policy> ParsePolicy(absl::string_view text, const std::string& path,
                                   const Environment& environment);

}  // namespace tokenbroker

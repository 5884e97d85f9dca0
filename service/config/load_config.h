// Reads and validates the configuration: what `token-broker --config F --check` does. Any thread;
// blocks on files.
#pragma once

#include <absl/status/statusor.h>
#include <absl/strings/string_view.h>

#include <string>

#include "config/environment.h"
#include "config/file_reader.h"
#include "config/preset.h"
#include "config/snapshot.h"

namespace tokenbroker {

constexpr size_t kMaxConfigBytes = 1024 * 1024;

// INVALID_ARGUMENT carries every error found, one a line:
// `file:line:column: field.path: what is wrong; the fix`. It never holds the content of a secret
// file, nor a value of an environment variable.
absl::StatusOr<Snapshot> LoadConfig(const std::string& path, const Environment& environment,
                                    const Presets& presets);

// The same, and leaves in `files` what was read, for seeing later that it changed.
absl::StatusOr<Snapshot> LoadConfig(const std::string& path, const Environment& environment,
                                    const Presets& presets, FileRecord& files);

// The same from the file's text; `path` is only for messages and relative paths.
absl::StatusOr<Snapshot> ParseConfig(absl::string_view text, const std::string& path,
                                     const Environment& environment, const Presets& presets,
                                     FileRecord& files);

}  // namespace tokenbroker

// The keyring, by file; its text is that of crypto/keyring_text.h. Any thread; blocks.
#pragma once

#include <absl/status/statusor.h>

#include <string>

#include "config/file_reader.h"
#include "config/file_writer.h"
#include "crypto/keyring.h"

namespace tokenbroker {

constexpr size_t kMaxKeyringBytes = 64 * 1024;

// INVALID_ARGUMENT when the file cannot be read or is no keyring; the message names the path (and
// the line) and the fix, never a key.
absl::StatusOr<Keyring> ReadKeyringFile(const std::string& path, FileRecord& files);

// WriteSmallFile of the keyring; its errors with the path.
absl::Status WriteKeyringFile(const std::string& path, const Keyring& keyring, Existing existing);

// A warning when the file's mode lets others than its owner and its group read it, or others than
// its owner change it; else empty.
std::string DescribeLooseMode(const std::string& path);

}  // namespace tokenbroker

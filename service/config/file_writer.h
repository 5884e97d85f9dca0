// Writes small secret files whole or not at all. Any thread; blocks.
#pragma once

#include <absl/status/status.h>
#include <absl/strings/string_view.h>

#include <string>

namespace tokenbroker {

// What to do with a file that is there.
enum class Existing { kRefuse, kReplace };

// On OK the file is on the disk, and readers saw the old or the new one and nothing between. A new
// file has the mode 0600. A replaced one keeps its owner and its group, and of its mode what is
// within 0640; a symbolic link stays one, and what it points to is replaced.
//
// ALREADY_EXISTS; NOT_FOUND (with kReplace the file, else its folder), PERMISSION_DENIED,
// UNAVAILABLE; the message has no path and continues "the file ...".
absl::Status WriteSmallFile(const std::string& path, absl::string_view content, Existing existing);

}  // namespace tokenbroker

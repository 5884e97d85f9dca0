// Reads small files whole and remembers what was read, so that a change can be seen later by
// content: a swapped symlink, as Kubernetes does it, is a change like any other. Blocks: never on
// the event loop's thread.
#pragma once

#include <absl/status/statusor.h>

#include <functional>
#include <map>
#include <string>

#include "base/secret.h"

namespace tokenbroker {

// A file's bytes, which may be secret. NOT_FOUND, PERMISSION_DENIED, FAILED_PRECONDITION (not a
// regular file), OUT_OF_RANGE (more than `most` bytes) or UNAVAILABLE; the message has no path and
// continues "the file ...".
using FileReader = std::function<absl::StatusOr<Secret>(const std::string& path, size_t most)>;

// From the disk. Any thread.
absl::StatusOr<Secret> ReadSmallFile(const std::string& path, size_t most);

// What one load read. Not thread-safe.
class FileRecord {
 public:
  explicit FileRecord(FileReader reader) : reader_(std::move(reader)) {}

  absl::StatusOr<Secret> Read(const std::string& path, size_t most);

  // Reads everything again and says whether it is as it was, failures included.
  bool StillTrue() const;

 private:
  struct Seen {
    size_t most = 0;
    std::string digest;
  };
  static std::string Digest(const absl::StatusOr<Secret>& content);

  FileReader reader_;
  std::map<std::string, Seen> seen_;
};

}  // namespace tokenbroker

// The folder of a spill: one file a write, each sealed. Blocking; no thread of its own.
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>
#include <absl/strings/string_view.h>
#include <absl/time/time.h>

#include <string>
#include <vector>

#include "crypto/sealer.h"
#include "store/spill.h"

namespace tokenbroker {

struct SpillFile {
  // Without its folder.
  std::string name;
  std::string bytes;
  // When it was written; for files that were read.
  absl::Time kept_at = absl::InfinitePast();
};

// What lies in a spill folder, by name. A look without a lock, also while a process uses it: files
// that go meanwhile are left out. UNAVAILABLE, with the system's word for it.
absl::StatusOr<std::vector<SpillFile>> ReadSpillFiles(const std::string& path);

// The id of the key that the file is sealed with; empty when its bytes are no sealed record.
std::string KeyIdOf(const SpillFile& file);

// Any thread, one at a time. Files are `ATTEMPT.commit` and `ATTEMPT.exchange`, the attempt in
// hexadecimal, mode 0600; a write is a new file, fsynced and then renamed over the old one.
class SpillFolder {
 public:
  // UNAVAILABLE when the folder cannot be written to, or is in use by another process (each replica
  // has its own).
  static absl::StatusOr<SpillFolder> Open(std::string path);
  SpillFolder(SpillFolder&& other) noexcept;
  SpillFolder& operator=(SpillFolder&&) = delete;
  ~SpillFolder();

  // UNAVAILABLE, with the system's word for it.
  absl::Status Write(const SpillFile& file) const;
  absl::Status Remove(const std::string& name) const;
  absl::StatusOr<std::vector<SpillFile>> ReadAll() const { return ReadSpillFiles(path_); }
  // Writes, syncs and removes a file: whether there is room and leave to write.
  absl::Status Probe() const;

  const std::string& path() const { return path_; }

 private:
  SpillFolder(std::string path, int lock) : path_(std::move(path)), lock_(lock) {}

  std::string path_;
  // The descriptor of the folder's lock file, which we hold; -1 when moved from.
  int lock_;
};

// A write as a file, and back. Errors are those of the sealer and of store/sealed_spill.h.
absl::StatusOr<SpillFile> ToSpillFile(const SpilledWrite& write, const Sealer& sealer,
                                      absl::Time now);
absl::StatusOr<SpilledWrite> FromSpillFile(const SpillFile& file, const Sealer& sealer);

}  // namespace tokenbroker

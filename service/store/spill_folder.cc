#include "store/spill_folder.h"

#include <absl/strings/escaping.h>
#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>
#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <system_error>
#include <utility>

#include "base/status_macros.h"
#include "crypto/sealed_record.h"
#include "store/sealed_spill.h"

namespace tokenbroker {
namespace {

constexpr char kLockName[] = ".lock";
constexpr char kProbeName[] = ".probe";
constexpr char kCommitEnding[] = ".commit";
constexpr char kExchangeEnding[] = ".exchange";
constexpr mode_t kOnlyOurs = 0600;

absl::Status Failed(absl::string_view what, const std::string& path) {
  return absl::UnavailableError(
      absl::StrCat(what, " ", path, ": ", std::generic_category().message(errno)));
}

// Closes at the end of its scope.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  int get() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

absl::Status WriteAndSync(const std::string& path, absl::string_view bytes) {
  const Descriptor file(open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, kOnlyOurs));
  if (file.get() < 0) return Failed("cannot create", path);
  while (!bytes.empty()) {
    const ssize_t n = write(file.get(), bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return Failed("cannot write", path);
    bytes.remove_prefix(static_cast<size_t>(n));
  }
  return fsync(file.get()) == 0 ? absl::OkStatus() : Failed("cannot sync", path);
}

// Without it a file that was renamed or removed may be back after a loss of power.
absl::Status SyncFolder(const std::string& path) {
  const Descriptor folder(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder.get() < 0) return Failed("cannot open", path);
  return fsync(folder.get()) == 0 ? absl::OkStatus() : Failed("cannot sync", path);
}

bool IsSpillName(absl::string_view name) {
  return absl::EndsWith(name, kCommitEnding) || absl::EndsWith(name, kExchangeEnding);
}

}  // namespace

absl::StatusOr<SpillFolder> SpillFolder::Open(std::string path) {
  const std::string lock_path = absl::StrCat(path, "/", kLockName);
  Descriptor lock(open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, kOnlyOurs));
  if (lock.get() < 0) return Failed("cannot create", lock_path);
  if (flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
    return absl::UnavailableError(
        absl::StrCat("another process uses ", path, "; give every replica a folder of its own"));
  }
  SpillFolder folder(std::move(path), lock.release());
  TB_RETURN_IF_ERROR(folder.Probe());
  return folder;
}

SpillFolder::SpillFolder(SpillFolder&& other) noexcept
    : path_(std::move(other.path_)), lock_(std::exchange(other.lock_, -1)) {}

SpillFolder::~SpillFolder() {
  if (lock_ >= 0) close(lock_);
}

absl::Status SpillFolder::Write(const SpillFile& file) const {
  const std::string path = absl::StrCat(path_, "/", file.name);
  const std::string fresh = absl::StrCat(path, ".new");
  TB_RETURN_IF_ERROR(WriteAndSync(fresh, file.bytes));
  if (rename(fresh.c_str(), path.c_str()) != 0) return Failed("cannot rename", fresh);
  return SyncFolder(path_);
}

absl::Status SpillFolder::Remove(const std::string& name) const {
  const std::string path = absl::StrCat(path_, "/", name);
  if (unlink(path.c_str()) != 0 && errno != ENOENT) return Failed("cannot remove", path);
  return SyncFolder(path_);
}

absl::StatusOr<std::vector<SpillFile>> ReadSpillFiles(const std::string& path) {
  DIR* const folder = opendir(path.c_str());
  if (folder == nullptr) return Failed("cannot list", path);
  std::vector<std::string> names;
  while (const dirent* entry = readdir(folder)) {
    if (IsSpillName(entry->d_name)) names.push_back(entry->d_name);
  }
  closedir(folder);
  std::sort(names.begin(), names.end());
  std::vector<SpillFile> files;
  for (const std::string& name : names) {
    const std::string file = absl::StrCat(path, "/", name);
    struct stat status = {};
    if (stat(file.c_str(), &status) != 0 && errno == ENOENT) continue;
    std::ifstream in(file, std::ios::binary);
    if (!in && errno == ENOENT) continue;
    std::ostringstream bytes;
    bytes << in.rdbuf();
    if (!in) return Failed("cannot read", file);
    files.push_back({name, bytes.str(), absl::TimeFromTimespec(status.st_mtim)});
  }
  return files;
}

absl::Status SpillFolder::Probe() const {
  const std::string path = absl::StrCat(path_, "/", kProbeName);
  TB_RETURN_IF_ERROR(WriteAndSync(path, "probe"));
  return Remove(kProbeName);
}

std::string KeyIdOf(const SpillFile& file) {
  const absl::StatusOr<SealedParts> parts = ParseSealed(file.bytes);
  return parts.ok() ? std::string(parts->key_id) : "";
}

absl::StatusOr<SpillFile> ToSpillFile(const SpilledWrite& write, const Sealer& sealer,
                                      absl::Time now) {
  const auto* commit = std::get_if<CommitRequest>(&write);
  const Secret plain = commit != nullptr
                           ? SerializeSpilledCommit(*commit)
                           : SerializeSpilledExchange(std::get<FinishExchangeRequest>(write));
  const std::string bound_to =
      commit != nullptr ? SpilledCommitAssociatedData() : SpilledExchangeAssociatedData();
  TB_ASSIGN_OR_RETURN(SealedRecord sealed, sealer.Seal(plain.Expose(), bound_to, now));
  return SpillFile{absl::StrCat(absl::BytesToHexString(AttemptOf(write)),
                                commit != nullptr ? kCommitEnding : kExchangeEnding),
                   std::move(sealed.bytes)};
}

absl::StatusOr<SpilledWrite> FromSpillFile(const SpillFile& file, const Sealer& sealer) {
  const bool commit = absl::EndsWith(file.name, kCommitEnding);
  TB_ASSIGN_OR_RETURN(const Secret plain,
                      sealer.Open(file.bytes, commit ? SpilledCommitAssociatedData()
                                                     : SpilledExchangeAssociatedData()));
  if (commit) {
    TB_ASSIGN_OR_RETURN(CommitRequest request, ParseSpilledCommit(plain.Expose()));
    return SpilledWrite(std::move(request));
  }
  TB_ASSIGN_OR_RETURN(FinishExchangeRequest request, ParseSpilledExchange(plain.Expose()));
  return SpilledWrite(std::move(request));
}

}  // namespace tokenbroker

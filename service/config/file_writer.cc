#include "config/file_writer.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "base/status_macros.h"
#include "config/file_descriptor.h"

namespace tokenbroker {
namespace {

constexpr mode_t kWidestMode = S_IRUSR | S_IWUSR | S_IRGRP;

absl::Status WriteError(int error) {
  switch (error) {
    case EEXIST:
      return absl::AlreadyExistsError("is there already");
    case ENOENT:
    case ENOTDIR:
      return absl::NotFoundError("has no folder");
    case EACCES:
    case EPERM:
    case EROFS:
      return absl::PermissionDeniedError("may not be written by this user");
    case ENOSPC:
    case EDQUOT:
      return absl::UnavailableError("does not fit on the disk");
    default:
      return absl::UnavailableError("cannot be written");
  }
}

// A name in the file's folder, taken away again unless it was renamed.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& path)
      : name_(path + ".XXXXXX"), file_(::mkostemp(name_.data(), O_CLOEXEC)), error_(errno) {}
  ~TemporaryFile() {
    if (file_.get() >= 0) ::unlink(name_.c_str());
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  absl::Status Opened() const { return file_.get() >= 0 ? absl::OkStatus() : WriteError(error_); }
  const char* name() const { return name_.c_str(); }
  int fd() const { return file_.get(); }

 private:
  std::string name_;
  const FileDescriptor file_;
  // Of opening it.
  const int error_;
};

absl::Status WriteAll(int fd, absl::string_view content) {
  while (!content.empty()) {
    const ssize_t n = ::write(fd, content.data(), content.size());
    if (n < 0 && errno != EINTR) return WriteError(errno);
    if (n > 0) content.remove_prefix(static_cast<size_t>(n));
  }
  return ::fsync(fd) == 0 ? absl::OkStatus() : WriteError(errno);
}

// Else whoever reads the file now could not read it any more.
absl::Status KeepOwner(int fd, const struct stat& before) {
  struct stat now = {};
  if (::fstat(fd, &now) != 0) return WriteError(errno);
  const bool same = now.st_uid == before.st_uid && now.st_gid == before.st_gid;
  if ((!same && ::fchown(fd, before.st_uid, before.st_gid) != 0) ||
      ::fchmod(fd, before.st_mode & kWidestMode) != 0) {
    return absl::PermissionDeniedError("belongs to another user or group; change it as that user");
  }
  return absl::OkStatus();
}

// Makes the new name as lasting as the file.
absl::Status SyncFolder(const std::string& path) {
  const size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const FileDescriptor fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return ::fsync(fd.get()) == 0 ? absl::OkStatus() : WriteError(errno);
}

absl::Status Create(const std::string& path, absl::string_view content) {
  const TemporaryFile file(path);
  TB_RETURN_IF_ERROR(file.Opened());
  TB_RETURN_IF_ERROR(WriteAll(file.fd(), content));
  // Unlike rename(), link() never replaces anything.
  if (::link(file.name(), path.c_str()) != 0) return WriteError(errno);
  return SyncFolder(path);
}

absl::Status Replace(const std::string& path, absl::string_view content) {
  struct stat before = {};
  char* resolved = ::realpath(path.c_str(), nullptr);
  if (resolved == nullptr) {
    return errno == ENOENT ? absl::NotFoundError("does not exist") : WriteError(errno);
  }
  const std::string target = resolved;
  ::free(resolved);
  if (::stat(target.c_str(), &before) != 0) return WriteError(errno);
  const TemporaryFile file(target);
  TB_RETURN_IF_ERROR(file.Opened());
  TB_RETURN_IF_ERROR(KeepOwner(file.fd(), before));
  TB_RETURN_IF_ERROR(WriteAll(file.fd(), content));
  if (::rename(file.name(), target.c_str()) != 0) return WriteError(errno);
  return SyncFolder(target);
}

}  // namespace

absl::Status WriteSmallFile(const std::string& path, absl::string_view content, Existing existing) {
  return existing == Existing::kRefuse ? Create(path, content) : Replace(path, content);
}

}  // namespace tokenbroker

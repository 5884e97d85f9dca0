#include "config/file_reader.h"

#include <absl/strings/str_cat.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "config/file_descriptor.h"
#include "crypto/digest.h"

namespace tokenbroker {
namespace {

absl::Status OpenError(int error) {
  switch (error) {
    case ENOENT:
    case ENOTDIR:
      return absl::NotFoundError("does not exist");
    case EACCES:
    case EPERM:
      return absl::PermissionDeniedError("may not be read by this process");
    default:
      return absl::UnavailableError("cannot be opened");
  }
}

}  // namespace

absl::StatusOr<Secret> ReadSmallFile(const std::string& path, size_t most) {
  // Non-blocking, so that a FIFO put in the way cannot hang the reader.
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (file.get() < 0) return OpenError(errno);
  struct stat status = {};
  if (::fstat(file.get(), &status) != 0) return absl::UnavailableError("cannot be read");
  if (S_ISDIR(status.st_mode)) return absl::FailedPreconditionError("is a directory");
  if (!S_ISREG(status.st_mode)) return absl::FailedPreconditionError("is not a regular file");

  const auto size = static_cast<size_t>(status.st_size);
  if (size > most) return absl::OutOfRangeError(absl::StrCat("is larger than ", most, " bytes"));

  // One buffer of the full size: a growing string would leave copies of a secret behind.
  std::string bytes(size + 1, '\0');
  size_t used = 0;
  ssize_t n = 0;
  do {
    n = ::read(file.get(), bytes.data() + used, bytes.size() - used);
    if (n > 0) used += static_cast<size_t>(n);
  } while (used < bytes.size() && (n > 0 || (n < 0 && errno == EINTR)));
  bytes.resize(used);
  Secret content(std::move(bytes));
  if (n < 0) return absl::UnavailableError("cannot be read");
  if (used > size) return absl::UnavailableError("was written to while it was read");
  return content;
}

absl::StatusOr<Secret> FileRecord::Read(const std::string& path, size_t most) {
  absl::StatusOr<Secret> content = reader_(path, most);
  seen_[path] = Seen{most, Digest(content)};
  return content;
}

bool FileRecord::StillTrue() const {
  for (const auto& [path, seen] : seen_) {
    if (Digest(reader_(path, seen.most)) != seen.digest) return false;
  }
  return true;
}

std::string FileRecord::Digest(const absl::StatusOr<Secret>& content) {
  if (!content.ok()) return absl::StrCat("error ", content.status().ToString());
  return absl::StrCat("bytes ", Sha256(content->Expose()));
}

}  // namespace tokenbroker

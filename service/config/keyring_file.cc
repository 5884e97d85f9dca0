#include "config/keyring_file.h"

#include <absl/strings/escaping.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_format.h>
#include <sys/stat.h>

#include "crypto/keyring_text.h"

namespace tokenbroker {
namespace {

constexpr mode_t kTooMuch = S_IWGRP | S_IXGRP | S_IRWXO;

std::string Named(const std::string& path) {
  return absl::StrCat("the file '", absl::CEscape(path), "' ");
}

}  // namespace

absl::StatusOr<Keyring> ReadKeyringFile(const std::string& path, FileRecord& files) {
  const absl::StatusOr<Secret> text = files.Read(path, kMaxKeyringBytes);
  if (!text.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat(Named(path), text.status().message(),
                     "; name a readable keyring, or make one with tbctl keyring new"));
  }
  return ParseKeyring(text->Expose(), absl::CEscape(path));
}

absl::Status WriteKeyringFile(const std::string& path, const Keyring& keyring, Existing existing) {
  const absl::Status written = WriteSmallFile(path, FormatKeyring(keyring).Expose(), existing);
  if (written.ok()) return written;
  return absl::Status(written.code(), absl::StrCat(Named(path), written.message()));
}

std::string DescribeLooseMode(const std::string& path) {
  struct stat status = {};
  if (::stat(path.c_str(), &status) != 0 || (status.st_mode & kTooMuch) == 0) return "";
  return absl::StrFormat(
      "%shas the mode %04o; whoever reads it reads every grant: chmod 600 it, "
      "or 640 for a group",
      Named(path), status.st_mode & 07777);
}

}  // namespace tokenbroker

#include "client/library/small_file.h"

#include <absl/strings/escaping.h>
#include <absl/strings/str_cat.h>

#include <fstream>

#include "client/library/wipe.h"

namespace tokenbroker::client {
namespace {

constexpr size_t kMaxBytes = 4 * 1024 * 1024;

absl::Status Unreadable(const std::string& path, absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("the file '", absl::CEscape(path), "' ", what));
}

}  // namespace

absl::StatusOr<std::string> ReadSmallFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return Unreadable(path, "cannot be read");
  std::string text(kMaxBytes + 1, '\0');
  file.read(&text[0], static_cast<std::streamsize>(text.size()));
  const auto size = static_cast<size_t>(file.gcount());
  std::string content = text.substr(0, size);
  Wipe(text);
  if (file.bad() || size == 0) return Unreadable(path, "is empty or cannot be read");
  if (size > kMaxBytes) return Unreadable(path, "is too long");
  return content;
}

}  // namespace tokenbroker::client

// Where the paths in a configuration file count from. Any thread.
#pragma once

#include <absl/strings/str_cat.h>

#include <string>

namespace tokenbroker {

// `folder` is that of the configuration file: empty, or ending in '/'. An empty path stays empty.
inline std::string ResolvePath(const std::string& folder, const std::string& path) {
  return path.empty() || path[0] == '/' ? path : absl::StrCat(folder, path);
}

}  // namespace tokenbroker

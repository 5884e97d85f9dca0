// A Kubernetes secret as a pod sees it: files that are replaced all at once.
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "tests/support/temp_folder.h"

namespace tokenbroker {

// For one thread; whoever reads the files may do it at any time.
class MountedSecret {
 public:
  // Every file's new content, in force in one step.
  void Put(const std::map<std::string, std::string>& files) {
    const std::string version = "..version-" + std::to_string(++versions_);
    for (const auto& [name, text] : files) folder_.Write(version + "/" + name, text);
    folder_.SwapLink("..data", version);
    for (const auto& [name, text] : files) {
      if (std::filesystem::is_symlink(Path(name))) continue;
      std::filesystem::create_symlink("..data/" + name, Path(name));
    }
  }
  // In place, file by file, as a careless operator does it.
  void Overwrite(const std::string& name, const std::string& text) { folder_.Write(name, text); }

  std::string Path(const std::string& name) const { return folder_.Path(name); }

 private:
  TempFolder folder_;
  int versions_ = 0;
};

}  // namespace tokenbroker

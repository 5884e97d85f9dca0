// A folder of a test's own, which goes with it.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace tokenbroker {

class TempFolder {
 public:
  TempFolder() {
    std::string name = testing::TempDir() + "tokenbroker-config-XXXXXX";
    path_ = ::mkdtemp(name.data());
  }
  ~TempFolder() { std::filesystem::remove_all(path_); }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;

  std::string Path(const std::string& name) const { return (path_ / name).string(); }

  // Writes a file and gives its path.
  std::string Write(const std::string& name, const std::string& text) const {
    std::filesystem::create_directories((path_ / name).parent_path());
    std::ofstream out(Path(name), std::ios::binary | std::ios::trunc);
    out << text;
    return Path(name);
  }

  // Makes `name` point to `target`, in one step, as Kubernetes swaps its `..data`.
  void SwapLink(const std::string& name, const std::string& target) const {
    std::filesystem::create_directory_symlink(target, path_ / "..new");
    std::filesystem::rename(path_ / "..new", path_ / name);
  }

 private:
  std::filesystem::path path_;
};

}  // namespace tokenbroker

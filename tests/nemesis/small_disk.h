// A disk so small that it can be filled: writes to it then fail with ENOSPC.
#pragma once

#include <string>

#include "tests/support/temp_folder.h"

namespace tokenbroker {

// For the one thread that made it. REQUIRES: EnterOwnNamespaces() said yes.
class SmallDisk {
 public:
  SmallDisk();
  ~SmallDisk();
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;

  // Empty, and only its owner's.
  std::string folder() const { return folder_.Path("disk"); }
  // To the last byte.
  void Fill();
  // There is room again.
  void Relieve();

 private:
  std::string Filler() const { return folder() + "/filler"; }

  TempFolder folder_;
};

}  // namespace tokenbroker

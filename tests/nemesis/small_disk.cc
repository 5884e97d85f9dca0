#include "tests/nemesis/small_disk.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace tokenbroker {

SmallDisk::SmallDisk() {
  EXPECT_EQ(mkdir(folder().c_str(), 0700), 0);
  EXPECT_EQ(mount("tmpfs", folder().c_str(), "tmpfs", 0, "size=8m,mode=700"), 0);
}

SmallDisk::~SmallDisk() { umount2(folder().c_str(), MNT_DETACH); }

void SmallDisk::Fill() {
  const int fd = open(Filler().c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  constexpr std::array<char, 4096> kPage = {};
  while (write(fd, kPage.data(), kPage.size()) > 0) {
  }
  EXPECT_EQ(errno, ENOSPC);
  close(fd);
}

void SmallDisk::Relieve() { unlink(Filler().c_str()); }

}  // namespace tokenbroker

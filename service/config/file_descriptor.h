// A file descriptor that is closed when it goes.
#pragma once

#include <unistd.h>

namespace tokenbroker {

class FileDescriptor {
 public:
  // Takes what open() gave, -1 included.
  explicit FileDescriptor(int fd) : fd_(fd) {}
  ~FileDescriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;

  int get() const { return fd_; }

 private:
  const int fd_;
};

}  // namespace tokenbroker

// A program under test: started, read line by line, signalled, waited for.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace tokenbroker {

// Killed when it goes out of scope.
class Subprocess {
 public:
  // words[0] is the program's path.
  explicit Subprocess(const std::vector<std::string>& words);
  ~Subprocess();
  Subprocess(const Subprocess&) = delete;
  Subprocess& operator=(const Subprocess&) = delete;

  void Signal(int number);
  // Reads standard error until a line contains `text`: that line. Empty when the program ended or
  // was silent for half a minute before.
  std::string WaitForLine(const std::string& text);
  // The address of the listener called `name`, from the line that announces it.
  std::string WaitForListener(const std::string& name);
  // Waits for its end: its exit code, or minus the signal that killed it.
  int Wait();

  // All that was read so far; after Wait: all.
  const std::string& out() const { return out_; }
  const std::string& err() const { return err_; }

 private:
  // False at the end of both streams, or of patience.
  bool ReadSome();

  pid_t pid_ = -1;
  int out_fd_ = -1;
  int err_fd_ = -1;
  std::string out_;
  std::string err_;
  size_t searched_ = 0;
};

}  // namespace tokenbroker

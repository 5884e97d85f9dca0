// A program that a test starts, listens to and ends.
#pragma once

#include <sys/types.h>

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace tokenbroker {

// Any thread. Standard output and standard error are read as one, line by line.
class ChildProcess {
 public:
  // `arguments[0]` is the program's path.
  explicit ChildProcess(std::vector<std::string> arguments);
  // Kills it if it still runs.
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  // The first line, past or to come, that contains `text`; empty when the program ended without
  // one.
  std::string WaitForLine(const std::string& text);
  // Everything that was printed so far.
  std::string Output() const;

  void Signal(int signal_number);
  // Waits for its end, and for the end of what it printed. The exit code; 128 + the signal when one
  // ended it.
  int Wait();
  int Stop(int signal_number) {
    Signal(signal_number);
    return Wait();
  }

  pid_t pid() const { return pid_; }

 private:
  void Read();

  pid_t pid_ = -1;
  int output_ = -1;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> lines_;
  bool closed_ = false;
  bool waited_ = false;
  int exit_code_ = -1;
  std::thread reader_;
};

// The value of `"name":"value"` in a log line; empty when there is none.
std::string LogFieldOf(const std::string& line, const std::string& name);

}  // namespace tokenbroker

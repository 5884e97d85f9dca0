#include "tests/support/child_process.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>

namespace tokenbroker {

ChildProcess::ChildProcess(std::vector<std::string> arguments) {
  std::array<int, 2> ends{};
  // Other children must not inherit the ends, or the pipe would not close with the program.
  EXPECT_EQ(pipe2(ends.data(), O_CLOEXEC), 0);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO);
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  EXPECT_EQ(posix_spawn(&pid_, argv[0], &actions, nullptr, argv.data(), environ), 0) << argv[0];
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  output_ = ends[0];
  reader_ = std::thread([this] { Read(); });
}

ChildProcess::~ChildProcess() {
  if (!waited_) Stop(SIGKILL);
  reader_.join();
  close(output_);
}

void ChildProcess::Read() {
  std::string line;
  std::array<char, 4096> buffer{};
  for (ssize_t n = 0; (n = read(output_, buffer.data(), buffer.size())) > 0;) {
    const std::lock_guard<std::mutex> lock(mutex_);
    for (ssize_t i = 0; i < n; ++i) {
      const char c = buffer[static_cast<size_t>(i)];
      if (c != '\n') {
        line += c;
        continue;
      }
      lines_.push_back(std::move(line));
      line.clear();
    }
    changed_.notify_all();
  }
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!line.empty()) lines_.push_back(std::move(line));
  closed_ = true;
  changed_.notify_all();
}

std::string ChildProcess::WaitForLine(const std::string& text) {
  std::unique_lock<std::mutex> lock(mutex_);
  for (size_t next = 0;;) {
    for (; next < lines_.size(); ++next) {
      if (lines_[next].find(text) != std::string::npos) return lines_[next];
    }
    if (closed_) return std::string();
    changed_.wait(lock);
  }
}

std::string ChildProcess::Output() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  std::string all;
  for (const std::string& line : lines_) all += line + "\n";
  return all;
}

void ChildProcess::Signal(int signal_number) { kill(pid_, signal_number); }

int ChildProcess::Wait() {
  if (waited_) return exit_code_;
  int status = 0;
  waitpid(pid_, &status, 0);
  waited_ = true;
  exit_code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  std::unique_lock<std::mutex> lock(mutex_);
  changed_.wait(lock, [this] { return closed_; });
  return exit_code_;
}

std::string LogFieldOf(const std::string& line, const std::string& name) {
  const std::string key = "\"" + name + "\":\"";
  const size_t begin = line.find(key);
  if (begin == std::string::npos) return std::string();
  const size_t value = begin + key.size();
  return line.substr(value, line.find('"', value) - value);
}

}  // namespace tokenbroker

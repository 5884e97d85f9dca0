#include "tests/main/subprocess.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "gtest/gtest.h"

extern char** environ;

namespace tokenbroker {
namespace {

constexpr int kPatienceMilliseconds = 30'000;

// Appends what is there; false at the stream's end.
bool Append(int fd, std::string* text) {
  char buffer[4096];
  const ssize_t n = read(fd, buffer, sizeof(buffer));
  if (n > 0) text->append(buffer, static_cast<size_t>(n));
  return n > 0;
}

void Close(int* fd) {
  if (*fd >= 0) close(*fd);
  *fd = -1;
}

}  // namespace

Subprocess::Subprocess(const std::vector<std::string>& words) {
  int out[2];
  int err[2];
  EXPECT_EQ(pipe2(out, O_CLOEXEC), 0);
  EXPECT_EQ(pipe2(err, O_CLOEXEC), 0);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, err[1], STDERR_FILENO);
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  EXPECT_EQ(posix_spawn(&pid_, arguments[0], &actions, nullptr, arguments.data(), environ), 0);
  posix_spawn_file_actions_destroy(&actions);
  close(out[1]);
  close(err[1]);
  out_fd_ = out[0];
  err_fd_ = err[0];
}

Subprocess::~Subprocess() {
  if (pid_ > 0) {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  Close(&out_fd_);
  Close(&err_fd_);
}

void Subprocess::Signal(int number) { EXPECT_EQ(kill(pid_, number), 0); }

bool Subprocess::ReadSome() {
  pollfd fds[2] = {{out_fd_, POLLIN, 0}, {err_fd_, POLLIN, 0}};
  if (poll(fds, 2, kPatienceMilliseconds) <= 0) return false;
  if (fds[0].revents != 0 && !Append(out_fd_, &out_)) Close(&out_fd_);
  if (fds[1].revents != 0 && !Append(err_fd_, &err_)) Close(&err_fd_);
  return out_fd_ >= 0 || err_fd_ >= 0;
}

std::string Subprocess::WaitForLine(const std::string& text) {
  for (;;) {
    for (size_t end; (end = err_.find('\n', searched_)) != std::string::npos;) {
      const std::string line = err_.substr(searched_, end - searched_);
      searched_ = end + 1;
      if (line.find(text) != std::string::npos) return line;
    }
    if (!ReadSome()) return "";
  }
}

std::string Subprocess::WaitForListener(const std::string& name) {
  const std::string key = "\"address\":\"";
  for (;;) {
    const std::string line = WaitForLine("\"event\":\"listening\"");
    if (line.empty()) return "";
    if (line.find("\"name\":\"" + name + "\"") == std::string::npos) continue;
    const size_t begin = line.find(key) + key.size();
    return line.substr(begin, line.find('"', begin) - begin);
  }
}

int Subprocess::Wait() {
  while (ReadSome()) {
  }
  int status = 0;
  EXPECT_EQ(waitpid(pid_, &status, 0), pid_);
  pid_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

}  // namespace tokenbroker

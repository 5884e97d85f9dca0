#include "client/tbctl/exec_command.h"

#include <absl/strings/match.h>
#include <absl/strings/numbers.h>
#include <absl/strings/str_cat.h>
#include <dirent.h>
#include <fcntl.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <system_error>

#include "client/tbctl/token_request.h"

extern char** environ;

namespace tokenbroker::tbctl {
namespace {

// As shells have it.
constexpr int kCannotBeRun = 126;
constexpr int kNotThere = 127;

struct CloseFolder {
  void operator()(DIR* folder) const { closedir(folder); }
};

std::vector<std::string> OwnEnvironment() {
  std::vector<std::string> out;
  for (char** entry = environ; *entry != nullptr; ++entry) out.emplace_back(*entry);
  return out;
}

std::vector<char*> Pointers(std::vector<std::string>& texts) {
  std::vector<char*> out;
  out.reserve(texts.size() + 1);
  for (std::string& text : texts) out.push_back(text.data());
  out.push_back(nullptr);
  return out;
}

// A pipe that holds the token and its end, readable as `descriptor`. Nobody needs to go on writing:
// it all fits.
bool PutIntoPipe(const std::string& token, int descriptor) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) return false;
  const ssize_t written = write(ends[1], token.data(), token.size());
  close(ends[1]);
  bool put = written == static_cast<ssize_t>(token.size());
  if (put && ends[0] != descriptor) {
    put = dup2(ends[0], descriptor) == descriptor;
    close(ends[0]);
  }
  // The program reads it as it reads any file.
  return put && fcntl(descriptor, F_SETFL, 0) == 0 && fcntl(descriptor, F_SETFD, 0) == 0;
}

// The connection to the broker, for one, is not the program's.
void CloseOthersOnExec(const std::set<int>& kept) {
  for (const int descriptor : OpenDescriptors()) {
    if (kept.count(descriptor) == 0) fcntl(descriptor, F_SETFD, FD_CLOEXEC);
  }
}

int Become(std::vector<std::string> words, std::vector<std::string> environment,
           std::ostream& err) {
  const std::string program = words[0];
  execvpe(program.c_str(), Pointers(words).data(), Pointers(environment).data());
  const int error = errno;
  err << "tbctl: " << program << " cannot be run: " << std::generic_category().message(error)
      << "\n";
  return error == ENOENT ? kNotThere : kCannotBeRun;
}

int Refuse(const std::string& why, std::ostream& err) {
  err << "tbctl: " << why << "\n";
  return static_cast<int>(ExitCode::kUsage);
}

}  // namespace

std::set<int> OpenDescriptors() {
  std::set<int> open;
  const std::unique_ptr<DIR, CloseFolder> folder(opendir("/proc/self/fd"));
  if (folder == nullptr) return open;
  while (const dirent* entry = readdir(folder.get())) {
    int descriptor = -1;
    const bool number = absl::SimpleAtoi(entry->d_name, &descriptor);
    if (number && descriptor != dirfd(folder.get())) open.insert(descriptor);
  }
  return open;
}

std::vector<std::string> WithVariable(std::vector<std::string> environment, const std::string& name,
                                      const std::string& value) {
  const std::string prefix = absl::StrCat(name, "=");
  environment.erase(std::remove_if(environment.begin(), environment.end(),
                                   [&prefix](const std::string& entry) {
                                     return absl::StartsWith(entry, prefix);
                                   }),
                    environment.end());
  environment.push_back(absl::StrCat(prefix, value));
  return environment;
}

int Exec(const Arguments& arguments, const Surroundings& surroundings,
         const std::set<int>& inherited) {
  if (arguments.child.empty()) {
    return Refuse("name the program to run behind --, as in `... -- ./sync-playlists`",
                  surroundings.err);
  }
  if (arguments.token_fd && inherited.count(*arguments.token_fd) != 0) {
    return Refuse(absl::StrCat("--token-fd: file descriptor ", *arguments.token_fd,
                               " is open already; choose another"),
                  surroundings.err);
  }
  // Neither a core dump nor another process of the user's may show the token meanwhile.
  prctl(PR_SET_DUMPABLE, 0);
  v1::GetFreshTokenResponse answer;
  const ExitCode code = RequestToken(arguments, surroundings, &answer);
  if (code != ExitCode::kDone) return static_cast<int>(code);
  const std::string& token = answer.token().access_token();
  std::vector<std::string> environment = OwnEnvironment();
  std::set<int> kept = inherited;
  kept.insert({STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO});
  if (!arguments.token_fd) {
    environment = WithVariable(std::move(environment), arguments.token_env, token);
  } else if (PutIntoPipe(token, *arguments.token_fd)) {
    kept.insert(*arguments.token_fd);
  } else {
    surroundings.err << "tbctl: the token cannot be put into a pipe\n";
    return static_cast<int>(ExitCode::kFailed);
  }
  CloseOthersOnExec(kept);
  return Become(arguments.child, std::move(environment), surroundings.err);
}

}  // namespace tokenbroker::tbctl

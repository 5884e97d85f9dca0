#include "client/tbctl/browser.h"

#include <fcntl.h>
#include <spawn.h>
#include <unistd.h>

#include <cstdlib>

extern char** environ;

namespace tokenbroker::tbctl {
namespace {

#ifdef __APPLE__
constexpr char kOpener[] = "open";
bool HasDesktop() { return true; }
#else
constexpr char kOpener[] = "xdg-open";
// Without one, xdg-open would start a text browser in this very terminal.
bool HasDesktop() {
  return std::getenv("DISPLAY") != nullptr || std::getenv("WAYLAND_DISPLAY") != nullptr;
}
#endif

}  // namespace

bool OpenBrowser(const std::string& url) {
  if (!HasDesktop()) return false;
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  // Its chatter does not belong into our output.
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  // No shell: the URL is the provider's.
  const char* const arguments[] = {kOpener, url.c_str(), nullptr};
  pid_t pid = 0;
  const int error =
      posix_spawnp(&pid, kOpener, &actions, nullptr, const_cast<char* const*>(arguments), environ);
  posix_spawn_file_actions_destroy(&actions);
  return error == 0;
}

}  // namespace tokenbroker::tbctl

#include "client/tbctl/exec_arguments.h"

#include <absl/strings/ascii.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "client/tbctl/grants_arguments.h"

namespace tokenbroker::tbctl {
namespace {

constexpr char kDescription[] =
    R"(Runs the program behind -- with an access token: in an environment variable
(ACCESS_TOKEN) or, with --token-fd, in a pipe that it reads, where no other process
of yours can see it. tbctl becomes that program: signals, terminal and exit code
are the program's. The token is in no list of arguments and on no disk.)";

constexpr char kFooter[] = R"(Examples:
  tbctl exec spotify --subject user-42 --min-ttl 5m -- ./sync-playlists
  tbctl exec spotify --subject user-42 --token-env SPOTIFY_TOKEN -- ./sync-playlists
  tbctl exec spotify --subject user-42 --token-fd 3 -- sh -c 'read -r t <&3; ...'

Exit codes: the program's. 127: there is no such program; 126: it cannot be run;
1 to 6, with a line that begins with `tbctl:`: tbctl's own, the program was not run.)";

// The first descriptor behind standard input, output and error; and beyond what systems allow.
constexpr int kFirstDescriptor = 3;
constexpr int kLastDescriptor = 1023;

std::string CheckVariable(const std::string& name) {
  const bool plain = std::all_of(name.begin(), name.end(), [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_';
  });
  const bool begins = !name.empty() && !absl::ascii_isdigit(static_cast<unsigned char>(name[0]));
  return plain && begins ? "" : name + " is no name of an environment variable";
}

}  // namespace

void AddExecCommand(CLI::App& app, Arguments& arguments, std::string& min_ttl) {
  CLI::App* exec = app.add_subcommand("exec", kDescription);
  exec->footer(kFooter);
  exec->callback([&arguments] { arguments.command = Arguments::Command::kExec; });
  AddGrantName(*exec, arguments);
  AddMinTtl(*exec, min_ttl);
  CLI::Option* variable =
      exec->add_option("--token-env", arguments.token_env,
                       "The environment variable that the program finds the token in")
          ->check(CheckVariable)
          ->capture_default_str();
  exec->add_option("--token-fd", arguments.token_fd,
                   "Give the token through a pipe with this file descriptor instead: it is read "
                   "once, and ends behind the token")
      ->check(CLI::Range(kFirstDescriptor, kLastDescriptor))
      ->excludes(variable);
}

std::vector<std::string> TakeChildCommand(std::vector<std::string>* words) {
  const auto separator = std::find(words->begin(), words->end(), "--");
  if (std::find(words->begin(), separator, "exec") == separator || separator == words->end()) {
    return {};
  }
  std::vector<std::string> child(separator + 1, words->end());
  words->erase(separator, words->end());
  return child;
}

}  // namespace tokenbroker::tbctl

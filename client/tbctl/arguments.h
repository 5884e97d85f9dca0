// The command line of tbctl: what it takes, and the help that teaches it.
#pragma once

#include <absl/status/statusor.h>
#include <absl/time/time.h>
#include <absl/types/optional.h>

#include <ostream>
#include <string>
#include <vector>

namespace tokenbroker::tbctl {

// The exit codes; --help lists them.
enum class ExitCode {
  kDone = 0,
  kFailed = 1,
  kUsage = 2,
  kLoginNeeded = 3,
  kTryLater = 4,
  kNotAllowed = 5,
  kOperatorMustAct = 6,
};

struct Arguments {
  enum class Command { kLogin, kToken, kNewKeyring, kAddKey, kListKeys, kRetireKey };
  Command command = Command::kToken;
  std::string address = "127.0.0.1:8443";
  // Empty: the broker's default.
  std::string tenant;
  std::string provider;
  std::string subject;

  // login
  int port = 0;
  std::string redirect_path = "/callback";
  std::vector<std::string> scopes;
  bool no_browser = false;

  // token
  absl::optional<absl::Duration> min_ttl;
  bool json = false;

  // keyring ...
  std::string keyring_file;
  // keyring add; unset: the default.
  absl::optional<absl::Duration> lead;
  // keyring retire
  std::string key_id;
  std::string config_file;
  bool force = false;
};

// "5m", "1h30m", "500ms", "0"; INVALID_ARGUMENT for anything else, a negative or an endless one.
absl::StatusOr<absl::Duration> ParseDuration(const std::string& text);

// The arguments; or the code to exit with, help or error having been printed.
struct Parsed {
  absl::optional<Arguments> arguments;
  ExitCode exit_code = ExitCode::kDone;
};
Parsed ParseArguments(int argc, const char* const* argv, std::ostream& out, std::ostream& err);

}  // namespace tokenbroker::tbctl

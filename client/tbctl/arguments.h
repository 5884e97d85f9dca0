// The command line of tbctl: what it takes, and the help that teaches it.
#pragma once

#include <absl/status/statusor.h>
#include <absl/time/time.h>
#include <absl/types/optional.h>

#include <cstdint>
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

// A setting, its value, and where that came from: "--address", "TBCTL_ADDRESS", "FILE:LINE" or
// "default".
struct Setting {
  std::string name;
  std::string value;
  std::string source;
};

struct Arguments {
  enum class Command {
    kLogin,
    kToken,
    kListGrants,
    kShowGrant,
    kRetryGrant,
    kRevokeGrant,
    kRevokeGrants,
    kDeleteGrant,
    kImportGrant,
    kNewKeyring,
    kAddKey,
    kListKeys,
    kRetireKey,
    kInitStore,
    kUpgradeStore,
    kStoreInfo,
    kMendStore,
    kListSpill,
    kReplaySpill,
    kCheckPolicy,
    kListProviders,
    kCheckProvider,
    kStatus,
    kHealth,
    kLogLevel,
    kVersion,
    kWatch,
    kExec,
    kShowConfig,
    kBashCompletion,
    kCompleteProviders,
  };
  Command command = Command::kToken;
  std::string address = "127.0.0.1:8443";
  // All commands: print JSON.
  bool json = false;
  // tbctl's own configuration file, as named; and what the settings are (settings.h).
  std::string own_config_file;
  std::vector<Setting> settings;
  // How the broker is reached (connection.h); empty: not given. Without `ca_file` in plaintext.
  std::string ca_file;
  std::string certificate_file;
  std::string key_file;
  std::string token_file;
  // Empty: the broker's default.
  std::string tenant;
  std::string provider;
  std::string subject;

  // login; `scopes` also of policy check
  int port = 0;
  std::string redirect_path = "/callback";
  std::vector<std::string> scopes;
  bool no_browser = false;
  absl::optional<absl::Duration> timeout;
  // HTML to show after the login; empty: a page of ours.
  std::string page_file;

  // token, exec
  absl::optional<absl::Duration> min_ttl;
  // exec: the program and its arguments; where it finds the token, by name or by descriptor.
  std::vector<std::string> child;
  std::string token_env = "ACCESS_TOKEN";
  absl::optional<int> token_fd;
  // watch
  int64_t known_generation = 0;
  bool show_tokens = false;
  // health; empty: the broker as a whole.
  std::string service;
  // log-level; empty: only ask.
  std::string log_level;
  // completion bash
  std::string completion_script;

  // grants list: "active", "frozen", ...; empty for any.
  std::string state;
  // grants revoke-all
  std::string account;
  bool yes = false;
  // grants import: where the refresh token is read from; "-" is standard input.
  std::string refresh_token_file;

  // keyring ...
  std::string keyring_file;
  // keyring add; unset: the default.
  absl::optional<absl::Duration> lead;
  // keyring retire
  std::string key_id;
  bool force = false;

  // keyring retire, store and spill: the broker's.
  std::string config_file;
  // store init
  int shards = 64;
  // store upgrade; 0: as it is.
  int min_writer = 0;
  // spill ...
  std::string spill_dir;
  // policy check; an empty `caller`: the file alone.
  std::string policy_file;
  std::string caller;
  std::string rpc;
};

// "5m", "1h30m", "500ms", "0"; INVALID_ARGUMENT for anything else, a negative or an endless one.
absl::StatusOr<absl::Duration> ParseDuration(const std::string& text);

// Whether the command is one that asks a broker, by gRPC.
bool AsksBroker(Arguments::Command command);

// The arguments; or the code to exit with, help or error having been printed. REQUIRES: argc > 0.
struct Parsed {
  absl::optional<Arguments> arguments;
  ExitCode exit_code = ExitCode::kDone;
};
Parsed ParseArguments(int argc, const char* const* argv, std::ostream& out, std::ostream& err);

}  // namespace tokenbroker::tbctl

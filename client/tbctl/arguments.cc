#include "client/tbctl/arguments.h"

#include <absl/strings/str_cat.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <utility>

#include "client/tbctl/completion.h"
#include "client/tbctl/exec_arguments.h"
#include "client/tbctl/grants_arguments.h"
#include "client/tbctl/keyring_arguments.h"
#include "client/tbctl/operations_arguments.h"
#include "client/tbctl/policy_arguments.h"
#include "client/tbctl/providers_arguments.h"
#include "client/tbctl/settings.h"
#include "client/tbctl/store_arguments.h"
#include "client/tbctl/watch_arguments.h"

namespace tokenbroker::tbctl {
namespace {

constexpr char kDescription[] =
    R"(Talks to a Token Broker: logs users in, fetches access tokens, and looks after
grants, providers and the broker itself.

The broker keeps OAuth grants and their refresh tokens; tbctl never sees those.
It asks the broker's gRPC API; only `keyring` and `policy` work on a file instead,
and `store` and `spill` on the broker's Redis and disk.)";

constexpr char kFooter[] = R"help(Examples:
  tbctl login spotify --subject user-42           log in with the browser of this machine
  tbctl token spotify --subject user-42           print an access token that is good now
  curl -H "Authorization: Bearer $(tbctl token spotify --subject user-42 --min-ttl 1m)" \
       https://api.spotify.com/v1/me
  tbctl exec spotify --subject user-42 -- ./sync  run a program with such a token
  tbctl providers check spotify                   find out what is wrong with a provider
  tbctl keyring new /run/secrets/keyring          make the keys that a broker seals grants with
  tbctl store init --config config.yaml           make the store in Redis
  tbctl policy check --policy policy.yaml         check the rules of who may do what
  tbctl --address broker.music:8443 --ca-file ca.crt --certificate-file tls.crt \
       --key-file tls.key grants list             over TLS, showing who asks

Settings (--address, --ca-file, --certificate-file, --key-file, --token-file,
--tenant) come from the command line, else from the environment (TBCTL_ADDRESS,
..., or TOKEN_BROKER_ADDRESS, ...), else from the configuration file. `tbctl config`
shows each, and where it comes from.

Exit codes:
  0  done
  1  failed for another reason
  2  wrong arguments, or the broker found the request invalid
  3  the user must log in (again)
  4  a temporary failure: try again later (health: the broker does not serve)
  5  this caller is not allowed to (policy check: the policy denies it)
  6  the broker's operator must act: a provider or the store is not as it must be
  exec: those of the program that it runs)help";

constexpr char kLoginDescription[] =
    R"(Logs a user in: prints the provider's login page (and opens it in a browser
where there is one), waits on a local port for the browser to come back, and
has the broker exchange the code and keep the grant. Prints the grant.)";

constexpr char kLoginFooter[] =
    R"(The redirect URI is http://127.0.0.1:PORT/PATH. Register http://127.0.0.1/PATH
with the provider and list it, without a port, under redirect_uris in the
broker's configuration. For providers that want the exact port, list the URI
with its port in both places and pass --port.

Examples:
  tbctl login spotify --subject user-42/home
  tbctl login spotify --subject user-42 --scope playlist-read-private
  tbctl login spotify --subject user-42 --no-browser
      on a remote machine: paste the address that your browser ends up at
  tbctl login spotify --subject user-42 --port 8888 --no-browser
      the same with `ssh -L 8888:127.0.0.1:8888`, and nothing to paste)";

constexpr char kTokenDescription[] =
    R"(Prints an access token, alone on one line, for use in scripts. The broker
answers from memory when it has a good one and refreshes it otherwise.)";

constexpr char kTokenFooter[] = R"(Examples:
  tbctl token spotify --subject user-42
  tbctl token spotify --subject user-42 --min-ttl 5m
  tbctl --tenant music token spotify --subject user-42 --json)";

// CLI11 takes what these return for an error text when it is not empty.
std::string CheckPath(const std::string& path) {
  const bool plain = path.find_first_of("?# \t\r\n") == std::string::npos;
  return !path.empty() && path[0] == '/' && plain ? "" : "must start with / and be a path alone";
}

std::string CheckDuration(const std::string& text) {
  const absl::Status status = ParseDuration(text).status();
  return status.ok() ? "" : std::string(status.message());
}

void AddDuration(CLI::App& app, const char* name, absl::optional<absl::Duration>& duration,
                 const char* description) {
  app.add_option_function<std::string>(
         name, [&duration](const std::string& text) { duration = *ParseDuration(text); },
         description)
      ->check(CheckDuration);
}

CLI::App* AddLogin(CLI::App& app, Arguments& arguments) {
  CLI::App* login = app.add_subcommand("login", kLoginDescription);
  login->footer(kLoginFooter);
  AddGrantName(*login, arguments);
  login->add_option("--port", arguments.port, "The local port to listen on; 0 picks a free one")
      ->check(CLI::Range(0, 65535))
      ->capture_default_str();
  login->add_option("--redirect-path", arguments.redirect_path, "The path of the redirect URI")
      ->check(CheckPath)
      ->capture_default_str();
  login
      ->add_option("--scope", arguments.scopes,
                   "Ask for this scope too, beside the configured ones; may be repeated")
      ->allow_extra_args(false);
  login->add_flag("--no-browser", arguments.no_browser,
                  "Only print the URL; the address that the browser ends up at may be pasted");
  AddDuration(*login, "--timeout", arguments.timeout,
              "How long to wait for the browser, 90s or 5m; never longer than the login lives");
  login->add_option("--page", arguments.page_file,
                    "An HTML file to show after the login; it can run no script and load nothing");
  return login;
}

CLI::App* AddToken(CLI::App& app, Arguments& arguments, std::string& min_ttl) {
  CLI::App* token = app.add_subcommand("token", kTokenDescription);
  token->footer(kTokenFooter);
  AddGrantName(*token, arguments);
  AddMinTtl(*token, min_ttl);
  return token;
}

}  // namespace

absl::StatusOr<absl::Duration> ParseDuration(const std::string& text) {
  absl::Duration duration;
  if (!absl::ParseDuration(text, &duration) || duration == absl::InfiniteDuration() ||
      duration < absl::ZeroDuration()) {
    return absl::InvalidArgumentError(
        absl::StrCat(text, " is no duration; write it like 5m, 90s or 1h30m"));
  }
  return duration;
}

void AddMinTtl(CLI::App& command, std::string& min_ttl) {
  command
      .add_option("--min-ttl", min_ttl,
                  "How long the token must be good for at least, such as 5m, 90s or 1h30m")
      ->check(CheckDuration);
}

bool AsksBroker(Arguments::Command command) {
  using Command = Arguments::Command;
  switch (command) {
    case Command::kNewKeyring:
    case Command::kAddKey:
    case Command::kListKeys:
    case Command::kRetireKey:
    case Command::kInitStore:
    case Command::kUpgradeStore:
    case Command::kStoreInfo:
    case Command::kMendStore:
    case Command::kListSpill:
    case Command::kReplaySpill:
    case Command::kCheckPolicy:
    case Command::kVersion:
    case Command::kShowConfig:
    case Command::kBashCompletion:
      return false;
    default:
      return true;
  }
}

Parsed ParseArguments(int argc, const char* const* argv, std::ostream& out, std::ostream& err) {
  Arguments arguments;
  std::string min_ttl;
  CLI::App app(kDescription, "tbctl");
  app.footer(kFooter);
  app.require_subcommand(1);
  // The options of all commands are taken behind the command's own, too.
  app.fallthrough();
  AddSettings(app, arguments);
  app.add_flag("--json", arguments.json, "Print JSON: one object, or one a line where many come");
  app.set_version_flag("--version", "tbctl " TB_VERSION);
  const CLI::App* login = AddLogin(app, arguments);
  AddToken(app, arguments, min_ttl);
  AddExecCommand(app, arguments, min_ttl);
  AddWatchCommand(app, arguments);
  AddGrantsCommands(app, arguments);
  AddProvidersCommands(app, arguments);
  AddOperationsCommands(app, arguments);
  AddKeyringCommands(app, arguments);
  AddStoreCommands(app, arguments);
  AddSpillCommands(app, arguments);
  AddPolicyCommands(app, arguments);
  AddConfigCommand(app, arguments);
  AddCompletionCommands(app, arguments);
  std::vector<std::string> words(argv + 1, argv + argc);
  arguments.child = TakeChildCommand(&words);
  std::reverse(words.begin(), words.end());
  try {
    app.parse(std::move(words));
  } catch (const CLI::ParseError& error) {
    const int code = app.exit(error, out, err);
    return {absl::nullopt, code == 0 ? ExitCode::kDone : ExitCode::kUsage};
  }
  if (login->parsed()) arguments.command = Arguments::Command::kLogin;
  if (!min_ttl.empty()) arguments.min_ttl = *ParseDuration(min_ttl);
  if (arguments.command == Arguments::Command::kBashCompletion) {
    arguments.completion_script = BashCompletion(app);
  }
  if (AsksBroker(arguments.command) || arguments.command == Arguments::Command::kShowConfig) {
    if (const absl::Status settled = ResolveSettings(app, &arguments); !settled.ok()) {
      err << "tbctl: " << settled.message() << "\n";
      return {absl::nullopt, ExitCode::kUsage};
    }
  }
  return {std::move(arguments), ExitCode::kDone};
}

}  // namespace tokenbroker::tbctl

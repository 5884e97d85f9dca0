#include "client/tbctl/keyring_arguments.h"

#include <CLI/CLI.hpp>

namespace tokenbroker::tbctl {
namespace {

using Command = Arguments::Command;

constexpr char kKeyringDescription[] =
    R"(Looks after the file of the keys that grants are sealed with in Redis
(store.redis.keyring_file). Works on the file alone and prints no key.)";

constexpr char kKeyringFooter[] =
    R"(A new key is only read with at first, so that its file can reach every replica
before one of them seals with it. Keep a copy of the file in a safe place: without
it nobody can read the grants.

To change the key, once a year or when somebody may have seen it:
  tbctl keyring add keyring           then bring the file to every replica
  tbctl keyring list keyring          some time later: which keys may be retired
  tbctl keyring retire keyring ID --config config.yaml)";

constexpr char kNewDescription[] = "Makes a keyring with one key. Never replaces a file.";

constexpr char kAddDescription[] =
    R"(Adds a key, which opens at once and seals after a while. The file's comments are
written anew.)";

constexpr char kListDescription[] = "Lists the keys and what each is for; never a key itself.";

constexpr char kRetireDescription[] =
    R"(Removes a key that nothing is sealed with any more: not the one that seals, not
one that sealed within the last 15 minutes, and none that a grant, a login or a
spilled token still needs.)";

std::string CheckLead(const std::string& text) {
  const absl::Status status = ParseDuration(text).status();
  return status.ok() ? "" : std::string(status.message());
}

CLI::App* Add(CLI::App& keyring, Arguments& arguments, const char* name, const char* description,
              Command command) {
  CLI::App* app = keyring.add_subcommand(name, description);
  app->callback([&arguments, command] { arguments.command = command; });
  app->add_option("FILE", arguments.keyring_file, "The keyring file")->required();
  return app;
}

}  // namespace

void AddKeyringCommands(CLI::App& app, Arguments& arguments) {
  CLI::App* keyring = app.add_subcommand("keyring", kKeyringDescription);
  keyring->footer(kKeyringFooter);
  keyring->require_subcommand(1);
  Add(*keyring, arguments, "new", kNewDescription, Command::kNewKeyring);
  Add(*keyring, arguments, "list", kListDescription, Command::kListKeys);

  CLI::App* add = Add(*keyring, arguments, "add", kAddDescription, Command::kAddKey);
  add->add_option_function<std::string>(
         "--lead", [&arguments](const std::string& text) { arguments.lead = *ParseDuration(text); },
         "How long the key only opens: as long as the file needs to reach every replica; 15m when "
         "left out")
      ->check(CheckLead);

  CLI::App* retire = Add(*keyring, arguments, "retire", kRetireDescription, Command::kRetireKey);
  retire->add_option("ID", arguments.key_id, "The key's id, as `list` prints it")->required();
  retire->add_option("--config", arguments.config_file,
                     "The broker's configuration file: asks its store whether the key is in use");
  retire->add_flag("--force", arguments.force,
                   "Retire it although the store could not be asked; what is sealed with it is "
                   "lost unless you put it back");
}

}  // namespace tokenbroker::tbctl

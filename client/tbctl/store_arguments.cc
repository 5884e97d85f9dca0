#include "client/tbctl/store_arguments.h"

#include <CLI/CLI.hpp>

namespace tokenbroker::tbctl {
namespace {

using Command = Arguments::Command;

constexpr char kStoreDescription[] =
    R"(Looks after the store in Redis that the brokers share. Reads the broker's
configuration file (store.redis) and talks to Redis itself, as the user that it names.)";

constexpr char kStoreFooter[] =
    R"(A Redis without a store is refused by every broker, so that an empty or a wrong
one never looks as if nobody had logged in.

To set one up:
  tbctl keyring new /run/secrets/keyring
  tbctl store init --config config.yaml
  token-broker --config config.yaml

To bring a new version of the broker in: roll it out everywhere, then
  tbctl store upgrade --config config.yaml)";

constexpr char kInitDescription[] =
    R"(Makes the store. Changes nothing where one is, and completes one whose making was
broken off, so it may be run again at any time.)";

constexpr char kInfoDescription[] =
    R"(Shows the store: its version, how many grants of each provider it holds, and what
is wrong with its servers. Exit code 6 when no broker would work on it.)";

constexpr char kUpgradeDescription[] =
    R"(Lets brokers write what this version of tbctl brought. Run it when every broker
has that version. It cannot be taken back.)";

constexpr char kMendDescription[] =
    R"(Puts grants back into the index by which brokers find what to refresh, list and seal
anew, where keys of that index were removed from Redis by hand. Looks at every record
that there is, with pauses. Safe to repeat, and while brokers run.)";

constexpr char kSpillDescription[] =
    R"(Looks after a broker's spill folder (store.redis.spill_dir): the tokens that wait on
disk because Redis did not take them.)";

constexpr char kSpillFooter[] =
    R"(A broker stores what is in its own folder when it starts and while it runs. Only a
folder whose broker will not come back needs you:
  tbctl spill list /var/spool/token-broker --config config.yaml
  tbctl spill replay /var/spool/token-broker --config config.yaml
Copy the folder from the lost machine first if you have to; it is sealed with the
keyring that the configuration names.)";

constexpr char kSpillListDescription[] =
    R"(Lists what waits in a folder: whose token, since when, and the key that seals it;
never a token. Also while a broker uses the folder. Does not ask Redis.)";

constexpr char kReplayDescription[] =
    R"(Stores every write of an abandoned folder, and removes its file once the store has
decided: stored now or before, or superseded by a login, a revocation or a newer
token. Safe to repeat. Refuses a folder that a running broker uses.)";

CLI::App* Add(CLI::App& group, Arguments& arguments, const char* name, const char* description,
              Command command) {
  CLI::App* app = group.add_subcommand(name, description);
  app->callback([&arguments, command] { arguments.command = command; });
  app->add_option("--config", arguments.config_file, "The broker's configuration file")->required();
  return app;
}

void AddSpillCommand(CLI::App& spill, Arguments& arguments, const char* name,
                     const char* description, Command command) {
  Add(spill, arguments, name, description, command)
      ->add_option("DIR", arguments.spill_dir, "The folder")
      ->required();
}

}  // namespace

void AddStoreCommands(CLI::App& app, Arguments& arguments) {
  CLI::App* store = app.add_subcommand("store", kStoreDescription);
  store->footer(kStoreFooter);
  store->require_subcommand(1);
  Add(*store, arguments, "init", kInitDescription, Command::kInitStore)
      ->add_option("--shards", arguments.shards,
                   "Into how many parts the keys are divided, for Redis Cluster; cannot be changed "
                   "later")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  Add(*store, arguments, "info", kInfoDescription, Command::kStoreInfo);
  Add(*store, arguments, "mend", kMendDescription, Command::kMendStore);
  Add(*store, arguments, "upgrade", kUpgradeDescription, Command::kUpgradeStore)
      ->add_option("--min-writer", arguments.min_writer,
                   "Refuse brokers older than this version of the store from now on; 0 leaves that "
                   "as it is")
      ->check(CLI::Range(0, 1'000'000))
      ->capture_default_str();
}

void AddSpillCommands(CLI::App& app, Arguments& arguments) {
  CLI::App* spill = app.add_subcommand("spill", kSpillDescription);
  spill->footer(kSpillFooter);
  spill->require_subcommand(1);
  AddSpillCommand(*spill, arguments, "list", kSpillListDescription, Command::kListSpill);
  AddSpillCommand(*spill, arguments, "replay", kReplayDescription, Command::kReplaySpill);
}

}  // namespace tokenbroker::tbctl

#include "client/tbctl/providers_arguments.h"

#include <CLI/CLI.hpp>

namespace tokenbroker::tbctl {
namespace {

using Command = Arguments::Command;

constexpr char kListDescription[] =
    R"(Lists the providers that you may see, one line each. FROZEN: the provider refuses
the broker's registration, and no grant of it is refreshed until that is mended.)";

constexpr char kCheckDescription[] =
    R"(Tries a provider now: its issuer's metadata, the TLS and the address of its token
endpoint, and the broker's client secret, by a refresh token that is made up. No
grant is touched. Exit code 6 when something is wrong.)";

}  // namespace

void AddProvidersCommands(CLI::App& app, Arguments& arguments) {
  CLI::App* providers = app.add_subcommand("providers", "Looks at the configured providers.");
  providers->require_subcommand(1);
  providers->add_subcommand("list", kListDescription)->callback([&arguments] {
    arguments.command = Command::kListProviders;
  });
  CLI::App* check = providers->add_subcommand("check", kCheckDescription);
  check->callback([&arguments] { arguments.command = Command::kCheckProvider; });
  check
      ->add_option("PROVIDER", arguments.provider,
                   "The provider's name in the broker's configuration")
      ->required();
}

}  // namespace tokenbroker::tbctl

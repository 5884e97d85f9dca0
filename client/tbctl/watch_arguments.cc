#include "client/tbctl/watch_arguments.h"

#include <CLI/CLI.hpp>

#include "client/tbctl/grants_arguments.h"

namespace tokenbroker::tbctl {
namespace {

constexpr char kDescription[] =
    R"(Prints a grant's present token or state, and then every change, one line each,
until it is interrupted or the broker ends the stream (exit code 4: run it again).
The tokens themselves are left out, unless they are asked for.)";

}  // namespace

void AddWatchCommand(CLI::App& app, Arguments& arguments) {
  CLI::App* watch = app.add_subcommand("watch", kDescription);
  watch->callback([&arguments] { arguments.command = Arguments::Command::kWatch; });
  AddGrantName(*watch, arguments);
  watch
      ->add_option("--known-generation", arguments.known_generation,
                   "The generation that you know already, and need not be told of")
      ->check(CLI::NonNegativeNumber);
  watch->add_flag("--show-tokens", arguments.show_tokens, "Print the access tokens, too");
}

}  // namespace tokenbroker::tbctl

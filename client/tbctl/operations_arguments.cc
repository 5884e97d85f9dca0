#include "client/tbctl/operations_arguments.h"

#include <CLI/CLI.hpp>

namespace tokenbroker::tbctl {
namespace {

using Command = Arguments::Command;

constexpr char kStatusDescription[] =
    R"(Shows the replica that answers: its version, whether it serves, its configuration,
its store, and how each provider fares there.)";

constexpr char kHealthDescription[] =
    R"(Asks whether the broker serves (grpc.health.v1). Exit code 0: it does; 4: it does
not, or does not answer. Needs no policy rule.)";

constexpr char kLogLevelDescription[] =
    R"(Changes how much the replica that answers logs, until it restarts; without LEVEL
shows how much it logs.)";

CLI::App* Add(CLI::App& app, Arguments& arguments, const char* name, const char* description,
              Command command) {
  CLI::App* added = app.add_subcommand(name, description);
  added->callback([&arguments, command] { arguments.command = command; });
  return added;
}

}  // namespace

void AddOperationsCommands(CLI::App& app, Arguments& arguments) {
  Add(app, arguments, "status", kStatusDescription, Command::kStatus);
  Add(app, arguments, "health", kHealthDescription, Command::kHealth)
      ->add_option("SERVICE", arguments.service,
                   "One of its gRPC services, such as tokenbroker.v1.TokenBrokerService; left out: "
                   "the broker as a whole");
  Add(app, arguments, "log-level", kLogLevelDescription, Command::kLogLevel)
      ->add_option("LEVEL", arguments.log_level, "How much to log")
      ->check(CLI::IsMember({"debug", "info", "warn", "error"}));
  Add(app, arguments, "version", "Shows the version of tbctl.", Command::kVersion);
}

}  // namespace tokenbroker::tbctl

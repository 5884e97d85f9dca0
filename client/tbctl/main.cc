// tbctl: the broker's command line.
#include <absl/time/clock.h>
#include <unistd.h>

#include <iostream>
#include <set>

#include "client/tbctl/arguments.h"
#include "client/tbctl/browser.h"
#include "client/tbctl/commands.h"
#include "client/tbctl/completion.h"
#include "client/tbctl/connection.h"
#include "client/tbctl/exec_command.h"
#include "client/tbctl/key_usage_query.h"
#include "client/tbctl/keyring_command.h"
#include "client/tbctl/policy_command.h"
#include "client/tbctl/report.h"
#include "client/tbctl/settings.h"
#include "client/tbctl/spill_command.h"
#include "client/tbctl/spill_replay.h"
#include "client/tbctl/store_command.h"

namespace tokenbroker::tbctl {
namespace {

using Command = Arguments::Command;

ExitCode RunCommand(const Arguments& arguments, const Surroundings& surroundings) {
  switch (arguments.command) {
    case Command::kLogin:
      return Login(arguments, surroundings);
    case Command::kToken:
      return Token(arguments, surroundings);
    case Command::kWatch:
      return Watch(arguments, surroundings);
    case Command::kListProviders:
      return ListProviders(arguments, surroundings);
    case Command::kCheckProvider:
      return CheckProvider(arguments, surroundings);
    case Command::kStatus:
      return ShowStatus(arguments, surroundings);
    case Command::kHealth:
      return CheckHealth(arguments, surroundings);
    case Command::kLogLevel:
      return ChangeLogLevel(arguments, surroundings);
    case Command::kCompleteProviders:
      return CompleteProviders(arguments, surroundings);
    default:
      return Grants(arguments, surroundings);
  }
}

// The exit code of a command that asks the broker, or of the program that `exec` could not become.
int AskBroker(const Arguments& arguments, const std::set<int>& inherited) {
  const auto channel = Connect(arguments);
  if (!channel.ok()) {
    std::cerr << "tbctl: " << channel.status().message() << "\n";
    return static_cast<int>(ExitCode::kUsage);
  }
  const auto broker = v1::TokenBrokerService::NewStub(*channel);
  const auto grants = v1::GrantAdminService::NewStub(*channel);
  const auto providers = v1::ProviderService::NewStub(*channel);
  const auto operations = v1::OperationsService::NewStub(*channel);
  const auto health = grpc::health::v1::Health::NewStub(*channel);
  Surroundings surroundings{*broker,          *grants,      std::cout,
                            std::cerr,        OpenBrowser,  providers.get(),
                            operations.get(), health.get(), StandardTerminal()};
  const bool may_paste = arguments.no_browser || isatty(STDIN_FILENO) == 1;
  if (may_paste) surroundings.pasted = STDIN_FILENO;
  if (arguments.command == Command::kExec) return Exec(arguments, surroundings, inherited);
  return static_cast<int>(RunCommand(arguments, surroundings));
}

ExitCode LookAfterKeyring(const Arguments& arguments) {
  const auto usage = [](const std::string& config_file, const std::string& key_id) {
    return AskKeyUsage(config_file, key_id);
  };
  return KeyringCommand(arguments, {std::cout, std::cerr, absl::Now(), usage});
}

ExitCode PrintCompletion(const Arguments& arguments) {
  std::cout << arguments.completion_script;
  return Written(std::cout, std::cerr);
}

// A command that asks no broker.
ExitCode RunHere(const Arguments& arguments) {
  switch (arguments.command) {
    case Command::kNewKeyring:
    case Command::kAddKey:
    case Command::kListKeys:
    case Command::kRetireKey:
      return LookAfterKeyring(arguments);
    case Command::kInitStore:
    case Command::kUpgradeStore:
    case Command::kStoreInfo:
    case Command::kMendStore:
      return StoreCommand(arguments, {std::cout, std::cerr});
    case Command::kListSpill:
      return ListSpill(arguments, {std::cout, std::cerr}, absl::Now());
    case Command::kReplaySpill:
      return ReplaySpill(arguments, {std::cout, std::cerr});
    case Command::kCheckPolicy:
      return CheckPolicy(arguments, {std::cout, std::cerr});
    case Command::kShowConfig:
      return ShowSettings(arguments, std::cout, std::cerr);
    case Command::kBashCompletion:
      return PrintCompletion(arguments);
    default:
      return ShowVersion(arguments, std::cout, std::cerr);
  }
}

}  // namespace
}  // namespace tokenbroker::tbctl

int main(int argc, char** argv) {
  using namespace tokenbroker::tbctl;
  // Before anything is opened: what whoever started us passes on.
  const std::set<int> inherited = OpenDescriptors();
  const Parsed parsed = ParseArguments(argc, argv, std::cout, std::cerr);
  if (!parsed.arguments) return static_cast<int>(parsed.exit_code);
  if (AsksBroker(parsed.arguments->command)) return AskBroker(*parsed.arguments, inherited);
  return static_cast<int>(RunHere(*parsed.arguments));
}

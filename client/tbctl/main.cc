// tbctl: the broker's command line.
#include <absl/time/clock.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>

#include <iostream>

#include "client/tbctl/arguments.h"
#include "client/tbctl/browser.h"
#include "client/tbctl/commands.h"
#include "client/tbctl/keyring_command.h"

namespace tokenbroker::tbctl {
namespace {

using Command = Arguments::Command;

ExitCode AskBroker(const Arguments& arguments) {
  const auto broker = v1::TokenBrokerService::NewStub(
      grpc::CreateChannel(arguments.address, grpc::InsecureChannelCredentials()));
  const Surroundings surroundings{*broker, std::cout, std::cerr, OpenBrowser};
  return arguments.command == Command::kLogin ? Login(arguments, surroundings)
                                              : Token(arguments, surroundings);
}

ExitCode LookAfterKeyring(const Arguments& arguments) {
  const auto usage = [](const std::string&, const std::string&) -> absl::StatusOr<KeyUsage> {
    return absl::UnimplementedError("this build cannot ask the store in Redis yet");
  };
  return KeyringCommand(arguments, {std::cout, std::cerr, absl::Now(), usage});
}

ExitCode Run(const Arguments& arguments) {
  switch (arguments.command) {
    case Command::kNewKeyring:
    case Command::kAddKey:
    case Command::kListKeys:
    case Command::kRetireKey:
      return LookAfterKeyring(arguments);
    default:
      return AskBroker(arguments);
  }
}

}  // namespace
}  // namespace tokenbroker::tbctl

int main(int argc, char** argv) {
  using namespace tokenbroker::tbctl;
  const Parsed parsed = ParseArguments(argc, argv, std::cout, std::cerr);
  return static_cast<int>(parsed.arguments ? Run(*parsed.arguments) : parsed.exit_code);
}

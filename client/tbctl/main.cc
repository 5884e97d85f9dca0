// tbctl: the broker's command line.
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>

#include <iostream>

#include "client/tbctl/arguments.h"
#include "client/tbctl/browser.h"
#include "client/tbctl/commands.h"

int main(int argc, char** argv) {
  using namespace tokenbroker;
  using namespace tokenbroker::tbctl;
  const Parsed parsed = ParseArguments(argc, argv, std::cout, std::cerr);
  if (!parsed.arguments) return static_cast<int>(parsed.exit_code);

  const auto broker = v1::TokenBrokerService::NewStub(
      grpc::CreateChannel(parsed.arguments->address, grpc::InsecureChannelCredentials()));
  const Surroundings surroundings{*broker, std::cout, std::cerr, OpenBrowser};
  const ExitCode code = parsed.arguments->command == Arguments::Command::kLogin
                            ? Login(*parsed.arguments, surroundings)
                            : Token(*parsed.arguments, surroundings);
  return static_cast<int>(code);
}

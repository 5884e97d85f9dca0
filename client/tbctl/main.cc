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

  const auto channel =
      grpc::CreateChannel(parsed.arguments->address, grpc::InsecureChannelCredentials());
  const auto broker = v1::TokenBrokerService::NewStub(channel);
  const auto grants = v1::GrantAdminService::NewStub(channel);
  const Surroundings surroundings{*broker, *grants, std::cout, std::cerr, OpenBrowser};
  switch (parsed.arguments->command) {
    case Arguments::Command::kLogin:
      return static_cast<int>(Login(*parsed.arguments, surroundings));
    case Arguments::Command::kToken:
      return static_cast<int>(Token(*parsed.arguments, surroundings));
    default:
      return static_cast<int>(Grants(*parsed.arguments, surroundings));
  }
}

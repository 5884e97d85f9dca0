// The commands of tbctl.
#pragma once

#include <absl/time/time.h>
#include <grpc/health/v1/health.grpc.pb.h>
#include <tokenbroker/v1/grant_admin.grpc.pb.h>
#include <tokenbroker/v1/operations.grpc.pb.h>
#include <tokenbroker/v1/provider.grpc.pb.h>
#include <tokenbroker/v1/token_broker.grpc.pb.h>

#include <functional>
#include <ostream>
#include <string>

#include "client/tbctl/arguments.h"
#include "client/tbctl/terminal.h"

namespace tokenbroker::tbctl {

// Where a command finds the world.
struct Surroundings {
  v1::TokenBrokerService::StubInterface& broker;
  v1::GrantAdminService::StubInterface& grants;
  std::ostream& out;
  std::ostream& err;
  // Shows the user a URL; false when it cannot.
  std::function<bool(const std::string& url)> open_browser;
  // Null where no command needs it.
  v1::ProviderService::StubInterface* providers = nullptr;
  v1::OperationsService::StubInterface* operations = nullptr;
  grpc::health::v1::Health::StubInterface* health = nullptr;
  Terminal terminal = {};
  // Where the user may paste the address that a browser of another machine ended up at: a file
  // descriptor, or -1.
  int pasted = -1;
};

// Logs a user in by a listener of our own; prints the grant.
ExitCode Login(const Arguments& arguments, const Surroundings& surroundings);

// Prints an access token, or the whole answer as JSON.
ExitCode Token(const Arguments& arguments, const Surroundings& surroundings);

// `tbctl grants ...`: one of the commands of Arguments that are about grants. What it prints is
// never a token.
ExitCode Grants(const Arguments& arguments, const Surroundings& surroundings);

// `tbctl providers ...`. A check that finds something wrong is kOperatorMustAct.
ExitCode ListProviders(const Arguments& arguments, const Surroundings& surroundings);
ExitCode CheckProvider(const Arguments& arguments, const Surroundings& surroundings);
// Every provider that the caller may see, page by page, each call within `timeout`.
ExitCode ForEachProvider(const Arguments& arguments, const Surroundings& surroundings,
                         const std::function<void(const v1::Provider&)>& visit,
                         absl::Duration timeout);

// Of the replica that answers.
ExitCode ShowStatus(const Arguments& arguments, const Surroundings& surroundings);
ExitCode ChangeLogLevel(const Arguments& arguments, const Surroundings& surroundings);
// kTryLater when it does not serve.
ExitCode CheckHealth(const Arguments& arguments, const Surroundings& surroundings);

// Prints each event of a grant, until the stream ends or the output is lost.
ExitCode Watch(const Arguments& arguments, const Surroundings& surroundings);

// Asks no broker.
ExitCode ShowVersion(const Arguments& arguments, std::ostream& out, std::ostream& err);

}  // namespace tokenbroker::tbctl

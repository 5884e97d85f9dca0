// The commands of tbctl.
#pragma once

#include <tokenbroker/v1/grant_admin.grpc.pb.h>
#include <tokenbroker/v1/token_broker.grpc.pb.h>

#include <functional>
#include <ostream>
#include <string>

#include "client/tbctl/arguments.h"

namespace tokenbroker::tbctl {

// Where a command finds the world.
struct Surroundings {
  v1::TokenBrokerService::StubInterface& broker;
  v1::GrantAdminService::StubInterface& grants;
  std::ostream& out;
  std::ostream& err;
  // Shows the user a URL; false when it cannot.
  std::function<bool(const std::string& url)> open_browser;
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

}  // namespace tokenbroker::tbctl

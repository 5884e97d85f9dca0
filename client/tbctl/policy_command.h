// `tbctl policy check`: is a policy file sound, and what does it let a caller do. One of the few
// parts of tbctl that link service/, so that it decides as the broker does.
#pragma once

#include <ostream>

#include "client/tbctl/arguments.h"

namespace tokenbroker::tbctl {

// Where the command finds the world.
struct PolicySurroundings {
  std::ostream& out;
  std::ostream& err;
};

// kNotAllowed when the policy denies what the arguments ask.
ExitCode CheckPolicy(const Arguments& arguments, const PolicySurroundings& surroundings);

}  // namespace tokenbroker::tbctl

// `tbctl exec`: a program that is run with an access token.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "client/tbctl/commands.h"

namespace tokenbroker::tbctl {

// The descriptors that are open: to be asked for first of all, when they are those that whoever
// started tbctl meant for the program.
std::set<int> OpenDescriptors();

// Fetches the token and becomes the program that `arguments.child` names. Returns only when that
// fails: kUsage, the codes of a call, or those of a shell: 126 for what cannot be run, 127 for what
// is not there. Of the open descriptors the program keeps `inherited` and the token's.
int Exec(const Arguments& arguments, const Surroundings& surroundings,
         const std::set<int>& inherited);

// `environment` with the variable set: in the place of one of that name.
std::vector<std::string> WithVariable(std::vector<std::string> environment, const std::string& name,
                                      const std::string& value);

}  // namespace tokenbroker::tbctl

// The question that `tbctl token` and `tbctl exec` ask.
#pragma once

#include "client/tbctl/commands.h"

namespace tokenbroker::tbctl {

// An access token as the arguments name it; a failure has been reported.
ExitCode RequestToken(const Arguments& arguments, const Surroundings& surroundings,
                      v1::GetFreshTokenResponse* answer);

}  // namespace tokenbroker::tbctl

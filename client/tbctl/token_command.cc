#include "client/tbctl/commands.h"
#include "client/tbctl/output.h"
#include "client/tbctl/report.h"
#include "client/tbctl/token_request.h"

namespace tokenbroker::tbctl {

ExitCode Token(const Arguments& arguments, const Surroundings& surroundings) {
  v1::GetFreshTokenResponse answer;
  const ExitCode code = RequestToken(arguments, surroundings, &answer);
  if (code != ExitCode::kDone) return code;
  if (arguments.json) {
    surroundings.out << AsJson(answer);
  } else {
    surroundings.out << answer.token().access_token() << "\n";
  }
  return Written(surroundings.out, surroundings.err);
}

}  // namespace tokenbroker::tbctl

// What tbctl prints of an answer.
#pragma once

#include <tokenbroker/v1/token_broker.pb.h>

#include <string>

namespace tokenbroker::tbctl {

// The answer in protobuf's JSON mapping, with the names of the .proto file: 64-bit numbers are
// strings, times RFC 3339. Ends in a line end.
std::string TokenAsJson(const v1::GetFreshTokenResponse& answer);

// The grant for people, one line per fact; no token.
std::string GrantAsText(const v1::ExchangeCodeResponse& answer);

}  // namespace tokenbroker::tbctl

// One command of the library's own, whose error reply is an error.
#pragma once

#include <absl/status/statusor.h>

#include <memory>
#include <string>
#include <vector>

#include "redis/session.h"

namespace tokenbroker {

// Loop thread only. UNAVAILABLE names the command and why: no answer, or the error's code.
Task<absl::StatusOr<RedisReply>> Say(std::shared_ptr<RedisSession> session, std::string name,
                                     EncodedCommands command, SteadyTime deadline);
Task<absl::StatusOr<RedisReply>> Say(std::shared_ptr<RedisSession> session,
                                     std::vector<std::string> words, SteadyTime deadline);

}  // namespace tokenbroker

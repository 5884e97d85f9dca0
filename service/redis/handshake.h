// The first words on a connection: who we are, which database, and which process the server is.
#pragma once

#include <memory>
#include <string>

#include "redis/redis_options.h"
#include "redis/session.h"

namespace tokenbroker {

struct HandshakeOptions {
  enum class Role { kAny, kPrimary };
  std::string user;
  RedisPasswordSource password;
  int database = 0;
  Role role = Role::kAny;
};

// Loop thread only. On OK the session knows its server's run_id. UNAVAILABLE names what was refused
// and the code.
Task<absl::Status> ShakeHands(std::shared_ptr<RedisSession> session, HandshakeOptions options,
                              SteadyTime deadline);

}  // namespace tokenbroker

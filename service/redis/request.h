// A call of RedisClient's on its way: it can be sent to one server after another until one takes
// it.
#pragma once

#include <absl/status/statusor.h>

#include <memory>
#include <string>

#include "redis/redis_client.h"
#include "redis/session.h"

namespace tokenbroker {

// Loop thread only.
class RedisRequest {
 public:
  explicit RedisRequest(RedisCommand command);
  // REQUIRES: a script and a key.
  explicit RedisRequest(ScriptCall call);

  // The command's or the script's; for errors.
  const std::string& name() const { return name_; }
  // The key that decides where it is sent; empty: anywhere.
  const std::string& route() const { return route_; }
  SteadyTime deadline() const { return deadline_; }

  // By ASKING: to the node that a slot is just moving to.
  enum class Manner { kPlain, kAsking };
  // A script by EVALSHA, and by EVAL when the server does not know it. As RedisSession::Call.
  // `server`: ARGV[1] of a script (ScriptCall).
  static Task<absl::StatusOr<RedisReply>> Send(std::shared_ptr<const RedisRequest> self,
                                               std::shared_ptr<RedisSession> session, Manner manner,
                                               std::string server);

 private:
  enum class Form { kShort, kWhole };
  EncodedCommands Encode(Form form, Manner manner, absl::string_view server) const;

  std::string name_;
  std::string route_;
  SteadyTime deadline_;
  // Null for a command.
  const RedisScript* script_ = nullptr;
  std::vector<std::string> keys_;
  std::vector<std::string> arguments_;
};

}  // namespace tokenbroker

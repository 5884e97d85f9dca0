// The port to Redis: commands and scripts by the key that they touch, wherever that key's primary
// is now. Knows nothing of tokens.
//
// Every failure is UNAVAILABLE: no connection, a lost one, the deadline, and every error reply
// (READONLY, LOADING, OOM, NOPERM, TRYAGAIN, ...). It means that the outcome is unknown: repeat
// what may be repeated. The message names the command and the reply's code, never an argument.
#pragma once

#include <absl/status/statusor.h>
#include <absl/strings/string_view.h>

#include <string>
#include <vector>

#include "base/clock.h"
#include "io/task.h"
#include "redis/reply.h"
#include "redis/script.h"

namespace tokenbroker {

struct RedisCommand {
  // The key that the command touches, which decides where it is sent. Empty: any primary.
  std::string route;
  // The command's name first.
  std::vector<std::string> arguments;
  SteadyTime deadline;
};

struct ScriptCall {
  // Must outlive the call.
  const RedisScript* script = nullptr;
  // At least one; all in one slot, that of the first.
  std::vector<std::string> keys;
  // ARGV[2] and on. ARGV[1] tells what only the client knows: the run_id of the server that the
  // call reaches, which is another one after a failover; and, when the client had another before, a
  // space and how many milliseconds ago it met this one.
  std::vector<std::string> arguments;
  SteadyTime deadline;
};

// Called on the loop thread, never from inside a call to the client.
class ChannelListener {
 public:
  virtual ~ChannelListener() = default;
  virtual void OnMessage(absl::string_view payload) = 0;
  // Subscribed (again): messages that are published from now on arrive.
  virtual void OnSubscribed() = 0;
  // The subscription's connection was lost; it is made anew by itself.
  virtual void OnLost() = 0;
};

// Loop thread only. Must outlive its calls.
class RedisClient {
 public:
  virtual ~RedisClient() = default;

  virtual Task<absl::StatusOr<RedisReply>> Call(RedisCommand command) = 0;
  // By EVALSHA, and by EVAL where the server does not know the script (any more).
  virtual Task<absl::StatusOr<RedisReply>> Run(ScriptCall call) = 0;

  // OK once `replicas` replicas of the primary of `barrier_key` have everything that the primary
  // had answered, to anyone, before this was called. Writes `barrier_key`. Calls share one WAIT on
  // a connection of its own, because WAIT blocks what is behind it and counts only its own
  // connection's writes.
  virtual Task<absl::Status> AwaitReplicas(std::string barrier_key, int replicas,
                                           SteadyTime deadline) = 0;

  // Names the primary that serves `key` now: equal for two keys when one server serves both. Empty
  // while unknown.
  virtual std::string PrimaryOf(absl::string_view key) = 0;

  // Listens to `channel` from now on, by a connection of its own. `listener` outlives the client.
  // At most one.
  virtual void Subscribe(std::string channel, ChannelListener* listener) = 0;
  // Drops the subscription's connection and makes it anew: for a subscription that has gone silent
  // without an end.
  virtual void Resubscribe() = 0;
};

}  // namespace tokenbroker

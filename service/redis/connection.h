// A connection that is always being kept: made when it is first wanted, and made anew, with backoff
// and jitter, whenever it is lost.
#pragma once

#include <absl/status/statusor.h>

#include <memory>
#include <string>

#include "redis/connect.h"
#include "redis/endpoint_finder.h"

namespace tokenbroker {

// Loop thread only; `loop` outlives it. It must outlive its calls.
class RedisConnection {
 public:
  struct Options {
    ConnectOptions connect;
    Backoff::Limits backoff;
    uint64_t seed = 0;
    // What it is for, in logs and metrics.
    std::string purpose;
    RedisMeters meters;
  };

  RedisConnection(Loop& loop, std::shared_ptr<EndpointFinder> finder, Options options);
  // Ends the session.
  ~RedisConnection();
  RedisConnection(const RedisConnection&) = delete;
  RedisConnection& operator=(const RedisConnection&) = delete;

  // A session that is ready; waits for one until the deadline, and then says what stands in the
  // way.
  Task<absl::StatusOr<std::shared_ptr<RedisSession>>> Ready(SteadyTime deadline);

  // What is under way goes on, but a new session is made for what comes after: the server may not
  // be the right one any more.
  void Renew();
  // Ends the session at once.
  void Drop(absl::Status reason);

  // Of the latest session that was ready, also when it has been lost; empty before the first.
  const std::string& run_id() const;
  // Which server it is connected to, or was last.
  const std::string& server() const;
  // How many calls wait for the server (to connect or to answer) and how many attempts to connect
  // nobody waits for. Zero: only time can change anything.
  size_t pending() const;

 private:
  struct State;
  static Task<void> Keep(std::shared_ptr<State> state);
  static Task<void> KeepOnce(std::shared_ptr<State> state);

  const std::shared_ptr<State> state_;
};

}  // namespace tokenbroker

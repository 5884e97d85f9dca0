// Makes sure that replicas have what a primary has answered: one barrier for all who ask at the
// same time.
#pragma once

#include <absl/status/status.h>

#include <memory>
#include <string>

#include "redis/connection.h"

namespace tokenbroker {

// Loop thread only; `loop` outlives it. For one primary. A barrier is a write and a WAIT behind it
// on a connection of their own; who comes while one is under way shares the next one, because only
// a barrier that is sent after an answer covers it.
class ReplicaBarrier {
 public:
  // kClusterNode: a slot may be on its way to the primary, and its keys there already.
  enum class Primary { kLone, kClusterNode };

  // `connection` is how the primary is reached.
  ReplicaBarrier(Loop& loop, std::shared_ptr<EndpointFinder> finder,
                 RedisConnection::Options connection, Primary kind = Primary::kLone);
  ~ReplicaBarrier();
  ReplicaBarrier(const ReplicaBarrier&) = delete;
  ReplicaBarrier& operator=(const ReplicaBarrier&) = delete;

  // OK once `replicas` replicas have everything that the primary whose run_id is given had answered
  // before. UNAVAILABLE while that is not known, at the latest after some seconds.
  // FAILED_PRECONDITION when another server is the primary by now: it may lack what that one
  // answered. Writes a key of one of the callers.
  Task<absl::Status> Await(std::string key, int replicas, std::string run_id, SteadyTime deadline);

  // As RedisConnection's.
  void Renew() { connection().Renew(); }
  size_t pending() const { return connection().pending(); }

 private:
  struct Round;
  struct State;
  RedisConnection& connection() const;
  static Task<void> RunRounds(std::shared_ptr<State> state);
  static Task<absl::StatusOr<int64_t>> RunRound(std::shared_ptr<State> state,
                                                std::shared_ptr<Round> round);

  const std::shared_ptr<State> state_;
};

}  // namespace tokenbroker

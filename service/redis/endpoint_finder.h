// Where the server is that a connection is for; asked before every attempt to connect.
#pragma once

#include <absl/status/statusor.h>

#include <utility>

#include "io/task.h"
#include "redis/redis_options.h"

namespace tokenbroker {

// Loop thread only.
class EndpointFinder {
 public:
  virtual ~EndpointFinder() = default;
  // UNAVAILABLE when nobody knows, or at the deadline.
  virtual Task<absl::StatusOr<RedisEndpoint>> Find(SteadyTime deadline) = 0;
};

// It is where it always was.
class FixedEndpoint : public EndpointFinder {
 public:
  explicit FixedEndpoint(RedisEndpoint endpoint) : endpoint_(std::move(endpoint)) {}
  Task<absl::StatusOr<RedisEndpoint>> Find(SteadyTime) override { co_return endpoint_; }

 private:
  const RedisEndpoint endpoint_;
};

}  // namespace tokenbroker

// Who is at the other end of a call.
#pragma once

#include <absl/status/statusor.h>
#include <grpcpp/server_context.h>

#include "rpc/call.h"

namespace tokenbroker {

// Any thread; never blocks.
class CallerIdentity {
 public:
  virtual ~CallerIdentity() = default;
  // UNAUTHENTICATED CALLER_UNKNOWN when the call proves no identity.
  virtual absl::StatusOr<Caller> Identify(const grpc::ServerContextBase& call) = 0;
};

// Everybody is the same caller: for listeners that only this machine can reach.
class AnonymousCallers : public CallerIdentity {
 public:
  absl::StatusOr<Caller> Identify(const grpc::ServerContextBase&) override {
    return Caller{"anonymous"};
  }
};

}  // namespace tokenbroker

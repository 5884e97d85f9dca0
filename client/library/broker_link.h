// The two calls that a token keeper makes, for one grant. The port; grpc_broker_link.h makes them.
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>
#include <absl/types/variant.h>
#include <tokenbroker/v1/grant.pb.h>

#include <cstdint>
#include <functional>
#include <string>

#include "client/library/operation.h"
#include "tokenbroker/client/access_token.h"

namespace tokenbroker::client {

// A grant without a new token, as a stream says it.
struct GrantStatus {
  v1::GrantState state = v1::GRANT_STATE_UNSPECIFIED;
  std::string reason;
  int64_t generation = 0;
};

// That the broker has taken the stream.
struct WatchAccepted {};

using WatchEvent = absl::variant<WatchAccepted, AccessTokenPtr, GrantStatus>;

// Any thread. Failures are statuses of error.h. No callback comes before Start().
class BrokerLink {
 public:
  virtual ~BrokerLink() = default;

  // GetFreshToken. `rejected_generation` 0: none.
  using FetchDone = std::function<void(absl::StatusOr<AccessTokenPtr>)>;
  virtual OperationPtr Fetch(int64_t rejected_generation, FetchDone done) = 0;

  // WatchToken: `on_event` for each message, one after the other, and then `on_end` once.
  struct WatchCallbacks {
    std::function<void(WatchEvent)> on_event;
    std::function<void(absl::Status)> on_end;
  };
  virtual OperationPtr Watch(int64_t known_generation, WatchCallbacks callbacks) = 0;
};

}  // namespace tokenbroker::client

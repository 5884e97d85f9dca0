// The calls of broker_link.h over a channel.
#pragma once

#include <grpcpp/channel.h>
#include <tokenbroker/v1/token_broker.grpc.pb.h>

#include <memory>

#include "client/library/broker_link.h"
#include "client/library/live_operations.h"
#include "tokenbroker/client/token_source_options.h"

namespace tokenbroker::client {

// Any thread. Callbacks run on gRPC's threads.
class GrpcBrokerLink : public BrokerLink {
 public:
  GrpcBrokerLink(const std::shared_ptr<grpc::Channel>& channel, const TokenSourceOptions& grant,
                 std::shared_ptr<LiveOperations> live);

  OperationPtr Fetch(int64_t rejected_generation, FetchDone done) override;
  OperationPtr Watch(int64_t known_generation, WatchCallbacks callbacks) override;

 private:
  // Operations hold it beyond this object's life.
  const std::shared_ptr<v1::TokenBrokerService::Stub> stub_;
  const std::shared_ptr<LiveOperations> live_;
  v1::GetFreshTokenRequest fetch_request_;
  v1::WatchTokenRequest watch_request_;
};

}  // namespace tokenbroker::client

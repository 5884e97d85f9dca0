// A caller that watches one grant of the provider "sim".
#pragma once

#include <grpcpp/grpcpp.h>

#include <cstdint>
#include <memory>
#include <string>

#include "tests/integration/error_details.h"
#include "tokenbroker/v1/token_broker.grpc.pb.h"

namespace tokenbroker {

// One thread. On a connection of its own.
class WatchClient {
 public:
  // Begins at once. `address`: as the broker says it listens. `bearer`: a token that is shown.
  WatchClient(const std::string& address,
              const std::shared_ptr<grpc::ChannelCredentials>& credentials,
              const std::string& subject, int64_t known_generation = 0,
              const std::string& bearer = "");
  ~WatchClient();

  // Waits for the next message, a minute at most: "token", or the state's name and reason
  // ("REVOKED revoked"), or how the stream ended ("end 14", a gRPC code).
  std::string Next();
  void Cancel() { context_.TryCancel(); }

  // Of the last token.
  const v1::AccessToken& token() const { return token_; }
  // Of a stream that has ended.
  const grpc::Status& status() const { return status_; }
  ErrorDetails error() const { return DetailsOf(context_, status_); }

 private:
  grpc::ClientContext context_;
  std::unique_ptr<v1::TokenBrokerService::Stub> stub_;
  std::unique_ptr<grpc::ClientReader<v1::WatchTokenResponse>> stream_;
  v1::AccessToken token_;
  grpc::Status status_;
  bool has_ended_ = false;
};

}  // namespace tokenbroker

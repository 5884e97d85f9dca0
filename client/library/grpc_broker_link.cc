#include "client/library/grpc_broker_link.h"

#include <absl/time/clock.h>
#include <grpcpp/client_context.h>
#include <grpcpp/support/client_callback.h>

#include <utility>

#include "client/library/rpc_status.h"
#include "client/library/token_message.h"

namespace tokenbroker::client {
namespace {

using StubPtr = std::shared_ptr<v1::TokenBrokerService::Stub>;

// As long as the broker lets a call wait that has no deadline.
constexpr absl::Duration kFetchTimeout = absl::Seconds(30);

class FetchCall : public Operation, public std::enable_shared_from_this<FetchCall> {
 public:
  FetchCall(std::shared_ptr<LiveOperations> live, StubPtr stub, v1::GetFreshTokenRequest request,
            BrokerLink::FetchDone done)
      : member_(std::move(live)),
        stub_(std::move(stub)),
        request_(std::move(request)),
        done_(std::move(done)) {}

  void Start() override {
    alive_ = shared_from_this();
    context_.set_deadline(absl::ToChronoTime(absl::Now() + kFetchTimeout));
    stub_->async()->GetFreshToken(&context_, &request_, &response_, [this](grpc::Status status) {
      const std::shared_ptr<FetchCall> until_the_end = std::move(alive_);
      done_(Answer(status));
    });
  }
  void Cancel() override { context_.TryCancel(); }

 private:
  absl::StatusOr<AccessTokenPtr> Answer(const grpc::Status& status) {
    if (!status.ok()) return ToStatus(status);
    AccessTokenPtr token = ReadToken(*response_.mutable_token());
    if (token == nullptr) return absl::InternalError("the broker's answer holds no token");
    return token;
  }

  const LiveOperations::Member member_;
  const StubPtr stub_;
  const v1::GetFreshTokenRequest request_;
  const BrokerLink::FetchDone done_;
  grpc::ClientContext context_;
  v1::GetFreshTokenResponse response_;
  // This, from Start() to the callback.
  std::shared_ptr<FetchCall> alive_;
};

class WatchCall : public Operation,
                  public grpc::ClientReadReactor<v1::WatchTokenResponse>,
                  public std::enable_shared_from_this<WatchCall> {
 public:
  WatchCall(std::shared_ptr<LiveOperations> live, StubPtr stub, v1::WatchTokenRequest request,
            BrokerLink::WatchCallbacks callbacks)
      : member_(std::move(live)),
        stub_(std::move(stub)),
        request_(std::move(request)),
        callbacks_(std::move(callbacks)) {}

  void Start() override {
    alive_ = shared_from_this();
    stub_->async()->WatchToken(&context_, &request_, this);
    StartRead(&message_);
    StartCall();
  }
  void Cancel() override { context_.TryCancel(); }

  void OnReadInitialMetadataDone(bool ok) override {
    if (ok) callbacks_.on_event(WatchAccepted());
  }
  void OnReadDone(bool ok) override {
    if (!ok) return;
    Deliver();
    message_.Clear();
    StartRead(&message_);
  }
  void OnDone(const grpc::Status& status) override {
    const std::shared_ptr<WatchCall> until_the_end = std::move(alive_);
    callbacks_.on_end(ToStatus(status));
  }

 private:
  void Deliver() {
    if (message_.has_status()) {
      callbacks_.on_event(GrantStatus{message_.status().state(), message_.status().state_reason(),
                                      message_.status().generation()});
    } else if (message_.has_token()) {
      AccessTokenPtr token = ReadToken(*message_.mutable_token());
      if (token != nullptr) callbacks_.on_event(std::move(token));
    }
  }

  const LiveOperations::Member member_;
  const StubPtr stub_;
  const v1::WatchTokenRequest request_;
  const BrokerLink::WatchCallbacks callbacks_;
  grpc::ClientContext context_;
  v1::WatchTokenResponse message_;
  // This, from Start() to OnDone().
  std::shared_ptr<WatchCall> alive_;
};

template <typename Request>
void Name(const TokenSourceOptions& grant, Request* request) {
  request->set_tenant(grant.tenant);
  request->set_provider(grant.provider);
  request->set_subject(grant.subject);
}

}  // namespace

GrpcBrokerLink::GrpcBrokerLink(const std::shared_ptr<grpc::Channel>& channel,
                               const TokenSourceOptions& grant,
                               std::shared_ptr<LiveOperations> live)
    : stub_(v1::TokenBrokerService::NewStub(channel)), live_(std::move(live)) {
  Name(grant, &fetch_request_);
  Name(grant, &watch_request_);
}

OperationPtr GrpcBrokerLink::Fetch(int64_t rejected_generation, FetchDone done) {
  v1::GetFreshTokenRequest request = fetch_request_;
  request.set_rejected_generation(rejected_generation);
  return std::make_shared<FetchCall>(live_, stub_, std::move(request), std::move(done));
}

OperationPtr GrpcBrokerLink::Watch(int64_t known_generation, WatchCallbacks callbacks) {
  v1::WatchTokenRequest request = watch_request_;
  request.set_known_generation(known_generation);
  return std::make_shared<WatchCall>(live_, stub_, std::move(request), std::move(callbacks));
}

}  // namespace tokenbroker::client

#include "tests/integration/watch_client.h"

#include <chrono>

namespace tokenbroker {
namespace {

constexpr int kWindowBytes = 65'535;

}  // namespace

WatchClient::WatchClient(const std::string& address,
                         const std::shared_ptr<grpc::ChannelCredentials>& credentials,
                         const std::string& subject, int64_t known_generation,
                         const std::string& bearer) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  // Whoever does not read is sent no more than this.
  arguments.SetInt(GRPC_ARG_HTTP2_BDP_PROBE, 0);
  arguments.SetInt(GRPC_ARG_HTTP2_STREAM_LOOKAHEAD_BYTES, kWindowBytes);
  stub_ =
      v1::TokenBrokerService::NewStub(grpc::CreateCustomChannel(address, credentials, arguments));
  context_.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(60));
  context_.set_wait_for_ready(true);
  if (!bearer.empty()) context_.AddMetadata("authorization", "Bearer " + bearer);
  v1::WatchTokenRequest request;
  request.set_provider("sim");
  request.set_subject(subject);
  request.set_known_generation(known_generation);
  stream_ = stub_->WatchToken(&context_, request);
}

WatchClient::~WatchClient() {
  context_.TryCancel();
  while (!has_ended_) Next();
}

std::string WatchClient::Next() {
  v1::WatchTokenResponse message;
  if (has_ended_ || !stream_->Read(&message)) {
    if (!has_ended_) status_ = stream_->Finish();
    has_ended_ = true;
    return "end " + std::to_string(static_cast<int>(status_.error_code()));
  }
  if (message.has_token()) {
    token_ = message.token();
    return "token";
  }
  const v1::WatchTokenResponse::Status& status = message.status();
  const std::string state = v1::GrantState_Name(status.state()).substr(sizeof("GRANT_STATE_") - 1);
  return status.state_reason().empty() ? state : state + " " + status.state_reason();
}

}  // namespace tokenbroker

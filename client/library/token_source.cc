#include "tokenbroker/client/token_source.h"

#include <utility>

#include "client/library/grpc_broker_link.h"
#include "client/library/grpc_timers.h"
#include "client/library/live_operations.h"
#include "client/library/token_keeper.h"

namespace tokenbroker::client {
namespace {

std::shared_ptr<TokenKeeper> MakeKeeper(const std::shared_ptr<grpc::Channel>& channel,
                                        TokenSourceOptions options,
                                        const std::shared_ptr<LiveOperations>& live) {
  auto link = std::make_shared<GrpcBrokerLink>(channel, options, live);
  return std::make_shared<TokenKeeper>(std::move(options), std::move(link),
                                       std::make_shared<GrpcTimers>(live));
}

}  // namespace

TokenSource::TokenSource(const std::shared_ptr<grpc::Channel>& channel, TokenSourceOptions options)
    : live_(std::make_shared<LiveOperations>()),
      keeper_(MakeKeeper(channel, std::move(options), live_)) {
  keeper_->Start();
}

TokenSource::~TokenSource() {
  keeper_->Close();
  live_->AwaitNone();
}

// A caller that waits holds the keeper: the source may go meanwhile.
absl::StatusOr<AccessTokenPtr> TokenSource::Token() {
  AccessTokenPtr token = keeper_->TokenIfFresh();
  if (token != nullptr) return token;
  const std::shared_ptr<TokenKeeper> keeper = keeper_;
  return keeper->Token();
}

absl::StatusOr<AccessTokenPtr> TokenSource::Token(absl::Time deadline) {
  AccessTokenPtr token = keeper_->TokenIfFresh();
  if (token != nullptr) return token;
  const std::shared_ptr<TokenKeeper> keeper = keeper_;
  return keeper->Token(deadline);
}

AccessTokenPtr TokenSource::TokenIfFresh() const { return keeper_->TokenIfFresh(); }

void TokenSource::Rejected(int64_t generation) { keeper_->Rejected(generation); }

}  // namespace tokenbroker::client

#include "redis/direct_client.h"

#include <utility>

#include "redis/error_reply.h"
#include "redis/sentinel_finder.h"

namespace tokenbroker {
namespace {

bool BySentinels(const RedisOptions& options) {
  return options.mode == RedisOptions::Mode::kSentinel;
}

std::shared_ptr<EndpointFinder> FinderFor(Loop& loop, const RedisOptions& options) {
  if (BySentinels(options)) return std::make_shared<SentinelFinder>(loop, options);
  return std::make_shared<FixedEndpoint>(options.endpoints.front());
}

}  // namespace

DirectClient::DirectClient(Loop& loop, RedisOptions options, uint64_t jitter_seed)
    : loop_(loop),
      options_(std::move(options)),
      next_seed_(jitter_seed),
      finder_(FinderFor(loop, options_)),
      connection_(loop, finder_, For("commands")),
      barrier_(loop, finder_, For("barrier")) {}

RedisConnection::Options DirectClient::For(std::string purpose) {
  RedisConnection::Options connection;
  connection.connect = ConnectOptions::From(options_);
  // What sentinels name may be primary no more, or not yet.
  if (BySentinels(options_)) connection.connect.handshake.role = HandshakeOptions::Role::kPrimary;
  connection.backoff = options_.backoff;
  connection.seed = next_seed_++;
  connection.purpose = std::move(purpose);
  return connection;
}

Task<absl::StatusOr<RedisReply>> DirectClient::Call(RedisCommand command) {
  return Send(std::make_shared<RedisRequest>(std::move(command)));
}

Task<absl::StatusOr<RedisReply>> DirectClient::Run(ScriptCall call) {
  return Send(std::make_shared<RedisRequest>(std::move(call)));
}

Task<absl::StatusOr<RedisReply>> DirectClient::Send(std::shared_ptr<const RedisRequest> request) {
  const auto session = co_await connection_.Ready(request->deadline());
  if (!session.ok()) co_return CallFailed(request->name(), session.status().message());
  auto reply = co_await RedisRequest::Send(request, *session, RedisRequest::Manner::kPlain);
  co_return Judge(request->name(), std::move(reply));
}

absl::StatusOr<RedisReply> DirectClient::Judge(absl::string_view what,
                                               absl::StatusOr<RedisReply> reply) {
  if (!reply.ok()) return CallFailed(what, reply.status().message());
  const absl::string_view code = ErrorCode(*reply);
  if (code.empty()) return reply;
  // A primary no more; the name may lead to another server by now.
  if (code == "READONLY") connection_.Renew();
  return CallFailed(what, code);
}

Task<absl::Status> DirectClient::AwaitReplicas(std::string barrier_key, int replicas,
                                               SteadyTime deadline) {
  std::string run_id = connection_.run_id();
  const auto reached =
      co_await barrier_.Await(std::move(barrier_key), replicas, std::move(run_id), deadline);
  // One of the two is connected to a primary of before.
  if (!reached.ok() && barrier_.run_id() != connection_.run_id()) {
    connection_.Renew();
    barrier_.Renew();
  }
  co_return reached;
}

std::string DirectClient::PrimaryOf(absl::string_view) {
  if (BySentinels(options_)) return connection_.server();
  return ToString(options_.endpoints.front());
}

void DirectClient::Subscribe(std::string channel, ChannelListener* listener) {
  subscription_ = std::make_unique<RedisSubscription>(loop_, finder_, For("subscription"),
                                                      std::move(channel), listener);
}

void DirectClient::Resubscribe() {
  if (subscription_ != nullptr) subscription_->Resubscribe();
}

size_t DirectClient::pending() const {
  return connection_.pending() + barrier_.pending() +
         (subscription_ == nullptr ? 0 : subscription_->pending());
}

}  // namespace tokenbroker

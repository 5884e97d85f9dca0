#include "redis/direct_client.h"

#include <utility>

#include "redis/error_reply.h"
#include "redis/sentinel_finder.h"

namespace tokenbroker {
namespace {

std::shared_ptr<SentinelFinder> SentinelsOf(Loop& loop, const RedisOptions& options) {
  if (options.mode != RedisOptions::Mode::kSentinel) return nullptr;
  return std::make_shared<SentinelFinder>(loop, options);
}

std::shared_ptr<EndpointFinder> FinderFor(const RedisOptions& options,
                                          std::shared_ptr<SentinelFinder> sentinels) {
  if (sentinels != nullptr) return sentinels;
  return std::make_shared<FixedEndpoint>(options.endpoints.front());
}

}  // namespace

DirectClient::DirectClient(Loop& loop, RedisOptions options, uint64_t jitter_seed)
    : loop_(loop),
      options_(std::move(options)),
      next_seed_(jitter_seed),
      sentinels_(SentinelsOf(loop, options_)),
      finder_(FinderFor(options_, sentinels_)),
      connection_(loop, finder_, For("commands")),
      barrier_(loop, finder_, For("barrier")) {}

RedisConnection::Options DirectClient::For(std::string purpose) {
  RedisConnection::Options connection;
  connection.connect = ConnectOptions::ForServers(options_);
  // What sentinels name may be primary no more, or not yet.
  if (sentinels_ != nullptr) connection.connect.handshake.role = HandshakeOptions::Role::kPrimary;
  connection.backoff = options_.backoff;
  connection.seed = next_seed_++;
  connection.purpose = std::move(purpose);
  connection.meters = options_.meters;
  return connection;
}

Task<absl::StatusOr<RedisReply>> DirectClient::Call(RedisCommand command) {
  return Send(std::make_shared<RedisRequest>(std::move(command)));
}

Task<absl::StatusOr<RedisReply>> DirectClient::Run(ScriptCall call) {
  return Send(std::make_shared<RedisRequest>(std::move(call)));
}

Task<absl::StatusOr<RedisReply>> DirectClient::Send(std::shared_ptr<const RedisRequest> request) {
  WatchSentinels();
  const auto session = co_await connection_.Ready(request->deadline());
  if (!session.ok()) co_return CallFailed(request->name(), session.status().message());
  const SteadyTime sent = loop_.clock().SteadyNow();
  server_.Meet((*session)->run_id(), sent);
  std::string server = server_.Text(sent);
  auto reply = co_await RedisRequest::Send(request, *session, RedisRequest::Manner::kPlain,
                                           std::move(server));
  if (reply.ok()) options_.meters.Answered(loop_.clock().SteadyNow() - sent);
  if (!reply.ok()) co_return CallFailed(request->name(), reply.status().message());
  if (answered_by_ != (*session)->run_id()) answered_by_ = (*session)->run_id();
  const absl::string_view code = ErrorCode(*reply);
  if (code.empty()) co_return reply;
  // A primary no more; the name may lead to another server by now.
  if (code == "READONLY") (*session)->Retire();
  // Cut off, perhaps, and replaced.
  if (code == "NOREPLICAS" || code == "MASTERDOWN") LookForPrimary();
  co_return CallFailed(request->name(), code);
}

void DirectClient::WatchSentinels() {
  if (sentinels_ == nullptr || watch_ != nullptr) return;
  watch_ = std::make_unique<SentinelWatch>(
      loop_, options_, sentinels_, next_seed_++,
      SentinelWatch::Client{[this] { return connection_.server(); }, [this] { Renew(); }});
}

void DirectClient::LookForPrimary() {
  if (watch_ != nullptr) watch_->Look();
}

void DirectClient::Renew() {
  connection_.Renew();
  barrier_.Renew();
}

Task<absl::Status> DirectClient::AwaitReplicas(std::string barrier_key, int replicas,
                                               SteadyTime deadline) {
  std::string run_id = answered_by_.empty() ? connection_.run_id() : answered_by_;
  const auto reached =
      co_await barrier_.Await(std::move(barrier_key), replicas, std::move(run_id), deadline);
  if (absl::IsUnavailable(reached)) LookForPrimary();
  if (!absl::IsFailedPrecondition(reached)) co_return reached;
  // One of the two is connected to a primary of before.
  Renew();
  co_return absl::UnavailableError(reached.message());
}

std::string DirectClient::PrimaryOf(absl::string_view) {
  if (sentinels_ != nullptr) return connection_.server();
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
  size_t pending = connection_.pending() + barrier_.pending();
  if (subscription_ != nullptr) pending += subscription_->pending();
  if (watch_ != nullptr) pending += watch_->pending();
  return pending;
}

}  // namespace tokenbroker

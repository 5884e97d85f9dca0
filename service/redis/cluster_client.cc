#include "redis/cluster_client.h"

#include <algorithm>
#include <utility>

#include "redis/error_reply.h"

namespace tokenbroker {
namespace {

using MaybeReply = absl::optional<absl::StatusOr<RedisReply>>;

// How long a node may take to be connected to before somebody else may know a better one.
constexpr absl::Duration kPatience = absl::Milliseconds(250);
// Redirections that are followed without a pause.
constexpr int kQuickRedirections = 5;
constexpr Backoff::Limits kPauses = {absl::Milliseconds(20), absl::Milliseconds(500)};

class AnyNode : public EndpointFinder {
 public:
  explicit AnyNode(std::shared_ptr<ClusterTopology> topology) : topology_(std::move(topology)) {}
  Task<absl::StatusOr<RedisEndpoint>> Find(SteadyTime) override { co_return topology_->AnyNode(); }

 private:
  const std::shared_ptr<ClusterTopology> topology_;
};

}  // namespace

struct ClusterClient::Node {
  Node(Loop& loop, RedisEndpoint at, RedisConnection::Options commands,
       RedisConnection::Options barriers)
      : endpoint(std::move(at)),
        finder(std::make_shared<FixedEndpoint>(endpoint)),
        connection(loop, finder, std::move(commands)),
        barrier(loop, finder, std::move(barriers), ReplicaBarrier::Primary::kClusterNode) {}

  const RedisEndpoint endpoint;
  const std::shared_ptr<EndpointFinder> finder;
  RedisConnection connection;
  ReplicaBarrier barrier;
};

// A request on its way to the node that takes it.
struct ClusterClient::Journey {
  std::shared_ptr<const RedisRequest> request;
  absl::optional<int> slot;
  // Where ASK sent it; once.
  absl::optional<RedisEndpoint> asking;
  int redirections = 0;
  // Why it has not arrived yet.
  std::string why = "no time left";
  enum class Next { kAtOnce, kAfterPause, kAfterRefresh } next = Next::kAtOnce;
  Backoff pauses;
};

ClusterClient::ClusterClient(Loop& loop, RedisOptions options, uint64_t jitter_seed)
    : loop_(loop),
      options_(std::move(options)),
      next_seed_(jitter_seed),
      topology_(std::make_shared<ClusterTopology>(loop, options_, next_seed_++)) {}

RedisConnection::Options ClusterClient::For(std::string purpose) {
  RedisConnection::Options connection;
  connection.connect = ConnectOptions::ForServers(options_);
  connection.backoff = options_.backoff;
  connection.seed = next_seed_++;
  connection.purpose = std::move(purpose);
  connection.meters = options_.meters;
  return connection;
}

Task<absl::StatusOr<RedisReply>> ClusterClient::Call(RedisCommand command) {
  return Send(std::make_shared<RedisRequest>(std::move(command)));
}

Task<absl::StatusOr<RedisReply>> ClusterClient::Run(ScriptCall call) {
  return Send(std::make_shared<RedisRequest>(std::move(call)));
}

Task<absl::StatusOr<RedisReply>> ClusterClient::Send(std::shared_ptr<const RedisRequest> request) {
  Journey journey{request,
                  absl::nullopt,
                  absl::nullopt,
                  0,
                  "no time left",
                  Journey::Next::kAtOnce,
                  Backoff(kPauses, next_seed_++)};
  if (!request->route().empty()) journey.slot = KeySlot(request->route());
  while (loop_.clock().SteadyNow() < request->deadline()) {
    MaybeReply reply = co_await Step(&journey);
    if (reply) co_return *std::move(reply);
    co_await Pause(&journey);
  }
  co_return CallFailed(request->name(), journey.why);
}

// Nothing when the request was not executed and may be tried again.
Task<MaybeReply> ClusterClient::Step(Journey* journey) {
  const auto asking = std::exchange(journey->asking, absl::nullopt);
  const NodePtr node = asking ? NodeAt(*asking) : PrimaryNode(journey->slot);
  if (node == nullptr) {
    const absl::Status& trouble = topology_->trouble();
    journey->why = trouble.ok() ? "the slot has no primary" : std::string(trouble.message());
    journey->next = Journey::Next::kAfterRefresh;
    co_return absl::nullopt;
  }
  const SteadyTime patience = loop_.clock().SteadyNow() + kPatience;
  const SteadyTime deadline = std::min(patience, journey->request->deadline());
  const auto session = co_await node->connection.Ready(deadline);
  if (!session.ok()) {
    journey->why = std::string(session.status().message());
    journey->next = Journey::Next::kAfterRefresh;
    co_return absl::nullopt;
  }
  const auto manner = asking ? RedisRequest::Manner::kAsking : RedisRequest::Manner::kPlain;
  const SteadyTime sent = loop_.clock().SteadyNow();
  std::string server = Meet(*journey, (*session)->run_id());
  auto reply = co_await RedisRequest::Send(journey->request, *session, manner, std::move(server));
  if (reply.ok()) options_.meters.Answered(loop_.clock().SteadyNow() - sent);
  if (!reply.ok()) {
    // The node may be gone.
    topology_->Refresh();
    co_return CallFailed(journey->request->name(), reply.status().message());
  }
  MaybeReply digested = Digest(journey, *node, *std::move(reply));
  if (digested && journey->slot) {
    std::string& answered_by = answered_by_[*journey->slot];
    if (answered_by != (*session)->run_id()) answered_by = (*session)->run_id();
  }
  co_return digested;
}

std::string ClusterClient::Meet(const Journey& journey, const std::string& run_id) {
  if (!journey.slot) return run_id;
  ServerChange& server = servers_[*journey.slot];
  const SteadyTime now = loop_.clock().SteadyNow();
  server.Meet(run_id, now);
  return server.Text(now);
}

MaybeReply ClusterClient::Digest(Journey* journey, const Node& node, RedisReply reply) {
  const absl::string_view code = ErrorCode(reply);
  if (code.empty()) return absl::StatusOr<RedisReply>(std::move(reply));
  journey->why = std::string(code);
  if (code == "MOVED" || code == "ASK") {
    const auto redirection = ParseRedirection(reply, node.endpoint);
    const bool quick = ++journey->redirections % kQuickRedirections != 0;
    journey->next = quick ? Journey::Next::kAtOnce : Journey::Next::kAfterPause;
    if (code == "MOVED") topology_->Refresh();
    if (!redirection.ok()) {
      journey->next = Journey::Next::kAfterRefresh;
    } else if (code == "MOVED") {
      topology_->Moved(*redirection);
    } else {
      journey->asking = redirection->to;
    }
    return absl::nullopt;
  }
  if (code == "TRYAGAIN") {
    journey->next = Journey::Next::kAfterPause;
    return absl::nullopt;
  }
  if (code == "CLUSTERDOWN") {
    journey->next = Journey::Next::kAfterRefresh;
    return absl::nullopt;
  }
  if (code == "READONLY") topology_->Refresh();
  return absl::StatusOr<RedisReply>(CallFailed(journey->request->name(), code));
}

Task<void> ClusterClient::Pause(Journey* journey) {
  if (journey->next == Journey::Next::kAtOnce) co_return;
  const SteadyTime deadline = journey->request->deadline();
  if (journey->next == Journey::Next::kAfterRefresh) {
    const int64_t before = topology_->version();
    topology_->Refresh();
    co_await topology_->WaitForRefresh(deadline);
    // Something to go by where there was nothing.
    if (before == 0 && topology_->version() > 0) co_return;
  }
  const SteadyTime end = loop_.clock().SteadyNow() + journey->pauses.Next();
  co_await loop_.SleepUntil(std::min(end, deadline));
}

ClusterClient::NodePtr ClusterClient::PrimaryNode(absl::optional<int> slot) {
  const SlotMap& map = topology_->map();
  if (slot) {
    const RedisEndpoint* primary = map.PrimaryOf(*slot);
    return primary == nullptr ? nullptr : NodeAt(*primary);
  }
  if (map.primaries().empty()) return nullptr;
  return NodeAt(map.primaries()[next_primary_++ % map.primaries().size()]);
}

ClusterClient::NodePtr ClusterClient::NodeAt(const RedisEndpoint& endpoint) {
  ForgetOldNodes();
  NodePtr& node = nodes_[ToString(endpoint)];
  if (node == nullptr) {
    node = std::make_shared<Node>(loop_, endpoint, For("commands"), For("barrier"));
  }
  return node;
}

void ClusterClient::ForgetOldNodes() {
  if (std::exchange(nodes_version_, topology_->version()) == topology_->version()) return;
  const std::vector<RedisEndpoint>& primaries = topology_->map().primaries();
  absl::erase_if(nodes_, [&primaries](const auto& entry) {
    return std::find(primaries.begin(), primaries.end(), entry.second->endpoint) == primaries.end();
  });
}

Task<absl::Status> ClusterClient::AwaitReplicas(std::string barrier_key, int replicas,
                                                SteadyTime deadline) {
  const int slot = KeySlot(barrier_key);
  NodePtr node = PrimaryNode(slot);
  if (node == nullptr) {
    topology_->Refresh();
    co_await topology_->WaitForRefresh(deadline);
    node = PrimaryNode(slot);
  }
  if (node == nullptr) co_return CallFailed("WAIT", "the slot has no primary");
  const auto answered = answered_by_.find(slot);
  std::string run_id =
      answered == answered_by_.end() ? node->connection.run_id() : answered->second;
  // While a slot moves, what lies there already is answered by a node that does not own it yet.
  for (const auto& [name, other] : nodes_) {
    if (other->connection.run_id() == run_id) node = other;
  }
  const auto reached =
      co_await node->barrier.Await(std::move(barrier_key), replicas, std::move(run_id), deadline);
  if (!reached.ok()) topology_->Refresh();
  if (!absl::IsFailedPrecondition(reached)) co_return reached;
  node->connection.Renew();
  node->barrier.Renew();
  co_return absl::UnavailableError(reached.message());
}

std::string ClusterClient::PrimaryOf(absl::string_view key) {
  const RedisEndpoint* primary = topology_->map().PrimaryOf(KeySlot(key));
  if (primary != nullptr) return ToString(*primary);
  topology_->Refresh();
  return std::string();
}

void ClusterClient::Subscribe(std::string channel, ChannelListener* listener) {
  subscription_ =
      std::make_unique<RedisSubscription>(loop_, std::make_shared<AnyNode>(topology_),
                                          For("subscription"), std::move(channel), listener);
}

void ClusterClient::Resubscribe() {
  if (subscription_ != nullptr) subscription_->Resubscribe();
}

size_t ClusterClient::pending() const {
  size_t pending = topology_->pending();
  for (const auto& [name, node] : nodes_) {
    pending += node->connection.pending() + node->barrier.pending();
  }
  if (subscription_ != nullptr) pending += subscription_->pending();
  return pending;
}

}  // namespace tokenbroker

#include "redis/cluster_topology.h"

#include <algorithm>
#include <random>
#include <utility>

#include "base/log.h"
#include "base/status_macros.h"
#include "redis/inquiry.h"
#include "redis/say.h"

namespace tokenbroker {
namespace {

// How many nodes are asked at once: one may be dead, another cut off.
constexpr size_t kAskedAtOnce = 3;
// From one answer to the next question: however many calls have a reason to ask.
constexpr absl::Duration kInterval = absl::Milliseconds(100);

class SlotsInquiry : public Inquiry {
 public:
  using Inquiry::Inquiry;
  absl::StatusOr<SlotMap> answer() const {
    if (!answer_) return trouble();
    return *answer_;
  }

 private:
  Task<absl::Status> Ask(std::shared_ptr<RedisSession> session, RedisEndpoint node) override {
    std::vector<std::string> words = {"CLUSTER", "SLOTS"};
    const auto slots = co_await Say(std::move(session), std::move(words), deadline());
    TB_CO_RETURN_IF_ERROR(slots.status());
    auto map = SlotMap::Parse(*slots, node);
    TB_CO_RETURN_IF_ERROR(map.status());
    if (!answer_) answer_ = *std::move(map);
    Finish();
    co_return absl::OkStatus();
  }

  absl::optional<SlotMap> answer_;
};

}  // namespace

// Apart from the topology: an inquiry may live a little longer.
struct ClusterTopology::State {
  State(Loop& on, const RedisOptions& options, uint64_t seed)
      : loop(on),
        given(options.endpoints),
        connect(ConnectOptions::ForServers(options)),
        random(seed) {}

  std::vector<RedisEndpoint> Nodes() const {
    std::vector<RedisEndpoint> nodes = map.primaries();
    for (const RedisEndpoint& node : given) {
      if (std::find(nodes.begin(), nodes.end(), node) == nodes.end()) nodes.push_back(node);
    }
    return nodes;
  }

  Loop& loop;
  const std::vector<RedisEndpoint> given;
  const ConnectOptions connect;
  std::mt19937_64 random;
  SlotMap map;
  int64_t version = 0;
  absl::Status trouble;
  // Not null while nodes are being asked, or about to be.
  std::shared_ptr<Event> learning;
  bool asking = false;
  SteadyTime not_before = SteadyTime::InfinitePast();
};

ClusterTopology::ClusterTopology(Loop& loop, const RedisOptions& options, uint64_t jitter_seed)
    : state_(std::make_shared<State>(loop, options, jitter_seed)) {}

const SlotMap& ClusterTopology::map() const { return state_->map; }

int64_t ClusterTopology::version() const { return state_->version; }

const absl::Status& ClusterTopology::trouble() const { return state_->trouble; }

void ClusterTopology::Moved(const Redirection& redirection) {
  state_->map.Assign(redirection.slot, redirection.to);
}

void ClusterTopology::Refresh() {
  if (state_->learning != nullptr) return;
  state_->learning = std::make_shared<Event>(state_->loop);
  state_->loop.Spawn(Learn(state_));
}

Task<void> ClusterTopology::Learn(std::shared_ptr<State> state) {
  if (state->loop.clock().SteadyNow() < state->not_before) {
    co_await state->loop.SleepUntil(state->not_before);
  }
  state->asking = true;
  std::vector<RedisEndpoint> nodes = state->Nodes();
  std::shuffle(nodes.begin(), nodes.end(), state->random);
  nodes.resize(std::min(nodes.size(), kAskedAtOnce));
  const SteadyTime deadline = state->loop.clock().SteadyNow() + state->connect.timeout;
  const auto inquiry = std::make_shared<SlotsInquiry>(state->loop, state->connect, deadline);
  co_await Inquiry::Run(inquiry, std::move(nodes));
  auto answer = inquiry->answer();
  absl::Status trouble = answer.status();
  if (trouble.ok()) {
    state->map = *std::move(answer);
    ++state->version;
  } else if (state->trouble != trouble) {
    Log(LogLevel::kWarning, "redis_cluster_unknown", {{"why", std::string(trouble.message())}});
  }
  state->trouble = std::move(trouble);
  state->asking = false;
  state->not_before = state->loop.clock().SteadyNow() + kInterval;
  std::exchange(state->learning, nullptr)->Notify();
}

Task<void> ClusterTopology::WaitForRefresh(SteadyTime deadline) {
  const std::shared_ptr<Event> learning = state_->learning;
  if (learning != nullptr) co_await learning->WaitUntil(deadline);
}

RedisEndpoint ClusterTopology::AnyNode() {
  const std::vector<RedisEndpoint> nodes = state_->Nodes();
  std::uniform_int_distribution<size_t> index(0, nodes.size() - 1);
  return nodes[index(state_->random)];
}

size_t ClusterTopology::pending() const { return state_->asking ? 1 : 0; }

}  // namespace tokenbroker

#include "store/change_feed.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "store/redis_keys.h"

namespace tokenbroker {
namespace {

constexpr absl::Duration kInterval = absl::Seconds(1);
constexpr absl::Duration kSilence = absl::Seconds(3);

}  // namespace

ChangeFeed::ChangeFeed(StoreLink& link, std::string replica)
    : link_(link),
      replica_(std::move(replica)),
      reading_(link.metrics().ReadBeforeText(
          [this, &gauge = StoreReachable(link.metrics())] { gauge.Set(AllReached() ? 1 : 0); })) {}

void ChangeFeed::Start(ChangeListener* listener) {
  listener_ = listener;
  link_.client().Subscribe(std::string(kChangedChannel), this);
  link_.loop().Spawn(BeatForEver());
}

Task<void> ChangeFeed::BeatForEver() {
  for (;;) {
    co_await link_.loop().Sleep(kInterval);
    Judge();
    co_await BeatOnce();
  }
}

Task<void> ChangeFeed::BeatOnce() {
  const std::string missing = co_await link_.Learn();
  if (!missing.empty()) co_return;
  std::map<std::string, int> primaries;
  for (int shard = 0; shard < link_.shards(); ++shard) {
    primaries.emplace(link_.PrimaryOf(shard), shard);
  }
  // A primary that has gone is not waited for.
  const auto gone = [&](const auto& entry) { return !primaries.contains(entry.first); };
  absl::erase_if(returned_, gone);
  absl::erase_if(run_ids_, gone);
  absl::erase_if(reached_, gone);
  const SteadyTime now = link_.loop().clock().SteadyNow();
  for (const auto& [primary, shard] : primaries) {
    returned_.try_emplace(primary, SteadyTime::InfinitePast());
    reached_.try_emplace(primary, SteadyTime::InfinitePast());
    const uint64_t number = next_beat_++;
    under_way_[number] = Beat{primary, now};
    link_.loop().Spawn(Send(primary, shard, Heartbeat{replica_, number, spill_keys_}));
  }
  while (!under_way_.empty() && under_way_.begin()->second.sent + 2 * kSilence < now) {
    under_way_.erase(under_way_.begin());
  }
}

Task<void> ChangeFeed::Send(std::string primary, int shard, Heartbeat heartbeat) {
  ShardCall call{&link_.scripts().heartbeat, shard, {}, {HeartbeatText(heartbeat)}};
  const SteadyTime sent = link_.loop().clock().SteadyNow();
  const ScriptAnswer answer = co_await link_.Run(std::move(call));
  if (answer.outcome != "OK") co_return;
  const auto reached = reached_.find(primary);
  if (reached != reached_.end()) reached->second = std::max(reached->second, sent);
  Reached(primary, std::string(answer.values.Text("run_id")));
}

bool ChangeFeed::AllReached() const {
  const SteadyTime lately = link_.loop().clock().SteadyNow() - kSilence;
  for (const auto& [primary, sent] : reached_) {
    if (sent < lately) return false;
  }
  return !reached_.empty();
}

void ChangeFeed::Reached(const std::string& primary, const std::string& run_id) {
  std::string& known = run_ids_[primary];
  if (known == run_id) return;
  known = run_id;
  listener_->OnServerChanged();
}

void ChangeFeed::OnMessage(absl::string_view payload) {
  if (const absl::optional<Heartbeat> heartbeat = ParseHeartbeat(payload)) {
    fleet_.Saw(heartbeat->replica, heartbeat->spill_keys, link_.loop().clock().SteadyNow());
    if (heartbeat->replica == replica_) CameBack(heartbeat->number);
    return;
  }
  const absl::optional<Change> change = ParseChange(payload);
  if (change) listener_->OnChange(*change);
}

void ChangeFeed::OnSubscribed() {
  subscribed_ = link_.loop().clock().SteadyNow();
  // The first heartbeat proves that it works; nobody waits a second for it.
  link_.loop().Spawn(BeatOnce());
}

void ChangeFeed::OnLost() {
  subscribed_.reset();
  Cut();
}

void ChangeFeed::CameBack(uint64_t number) {
  const auto beat = under_way_.find(number);
  if (beat == under_way_.end()) return;
  SteadyTime& newest = returned_[beat->second.primary];
  newest = std::max(newest, beat->second.sent);
  under_way_.erase(beat);
  Judge();
}

SteadyTime ChangeFeed::OldestReturn() {
  SteadyTime oldest = SteadyTime::InfiniteFuture();
  for (const auto& [primary, sent] : returned_) oldest = std::min(oldest, sent);
  return returned_.empty() ? SteadyTime::InfinitePast() : oldest;
}

void ChangeFeed::Judge() {
  if (!subscribed_) return;
  const SteadyTime now = link_.loop().clock().SteadyNow();
  const SteadyTime oldest = OldestReturn();
  if (!connected_ && oldest >= *subscribed_) {
    connected_ = true;
    listener_->OnConnected();
    return;
  }
  // Silent without an end, or never heard at all.
  if (std::max(oldest, *subscribed_) + kSilence >= now) return;
  Log(LogLevel::kWarning, "subscription_silent", {{"channel", kChangedChannel}});
  subscribed_.reset();
  Cut();
  link_.client().Resubscribe();
}

void ChangeFeed::Cut() {
  if (!connected_) return;
  connected_ = false;
  listener_->OnCut();
}

}  // namespace tokenbroker

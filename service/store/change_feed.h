// The change messages of the store, and whether they arrive: every second a heartbeat goes through
// the write path to every primary and must come back by the subscription. Loop thread only.
#pragma once

#include <absl/container/flat_hash_map.h>
#include <absl/types/optional.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "redis/redis_client.h"
#include "store/change_message.h"
#include "store/fleet.h"
#include "store/grant_store.h"
#include "store/store_link.h"

namespace tokenbroker {

class ChangeFeed : public ChannelListener {
 public:
  // `replica` names this process in the fleet.
  ChangeFeed(StoreLink& link, std::string replica);

  // Subscribes and beats until the loop drops its tasks. Once.
  void Start(ChangeListener* listener);

  Fleet& fleet() { return fleet_; }
  // What the heartbeats tell from now on.
  void SetSpillKeys(std::vector<std::string> keys) { spill_keys_ = std::move(keys); }

  void OnMessage(absl::string_view payload) override;
  void OnSubscribed() override;
  void OnLost() override;

 private:
  struct Beat {
    std::string primary;
    SteadyTime sent;
  };

  Task<void> BeatForEver();
  // One heartbeat to every primary.
  Task<void> BeatOnce();
  Task<void> Send(std::string primary, int shard, Heartbeat heartbeat);
  void CameBack(uint64_t number);
  // Every primary has taken a heartbeat lately.
  bool AllReached() const;
  void Reached(const std::string& primary, const std::string& run_id);
  // The primary whose last returned heartbeat is the oldest: when was it sent?
  SteadyTime OldestReturn();
  void Judge();
  void Cut();

  StoreLink& link_;
  const std::string replica_;
  ChangeListener* listener_ = nullptr;
  Fleet fleet_;
  std::vector<std::string> spill_keys_;

  // Since when messages arrive; nullopt: there is no subscription.
  absl::optional<SteadyTime> subscribed_;
  bool connected_ = false;
  uint64_t next_beat_ = 1;
  std::map<uint64_t, Beat> under_way_;
  // By primary: when the newest heartbeat that came back was sent.
  absl::flat_hash_map<std::string, SteadyTime> returned_;
  // By primary: the run_id of the server that took the last heartbeat.
  absl::flat_hash_map<std::string, std::string> run_ids_;
  // By primary: when the newest heartbeat that it took was sent.
  absl::flat_hash_map<std::string, SteadyTime> reached_;
  const Metrics::Reading reading_;
};

}  // namespace tokenbroker

#include "client/tbctl/key_usage_query.h"

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "base/status_macros.h"
#include "client/tbctl/store_session.h"
#include "io/event.h"
#include "store/change_message.h"
#include "store/fleet.h"
#include "store/grant_walk.h"
#include "store/key_usage.h"
#include "store/redis_store.h"
#include "store/store_admin.h"

namespace tokenbroker::tbctl {
namespace {

// Hears the brokers' heartbeats without a heartbeat of its own, which would count it among them.
class Heartbeats : public ChannelListener {
 public:
  explicit Heartbeats(Loop& loop) : loop_(loop), subscribed_(loop) {}

  void OnMessage(absl::string_view payload) override {
    const absl::optional<Heartbeat> heartbeat = ParseHeartbeat(payload);
    if (!heartbeat) return;
    fleet_.Saw(heartbeat->replica, heartbeat->spill_keys, loop_.clock().SteadyNow());
  }
  void OnSubscribed() override { subscribed_.Notify(); }
  void OnLost() override { lost_ = true; }

  // The keys that spills need, of every broker that was heard for `listen`.
  Task<absl::StatusOr<std::set<std::string>>> Listen(KeyUsageTiming timing) {
    const SteadyTime deadline = loop_.clock().SteadyNow() + timing.patience;
    const bool subscribed = co_await subscribed_.WaitUntil(deadline);
    if (subscribed) co_await loop_.Sleep(timing.listen);
    if (!subscribed || lost_) {
      co_return absl::UnavailableError(
          "the brokers' heartbeats cannot be heard: subscribing to tb:changed failed");
    }
    co_return fleet_.SpillKeys(loop_.clock().SteadyNow());
  }

 private:
  Loop& loop_;
  Event subscribed_;
  Fleet fleet_;
  bool lost_ = false;
};

class Query {
 public:
  Query(StoreSession& session, Keyring keyring, KeyUsageTiming timing)
      : session_(session),
        keyring_(std::move(keyring)),
        timing_(timing),
        heartbeats_(session.loop()),
        store_(session.loop(), session.client(), keyring_, session.metrics(), {}) {}

  absl::StatusOr<KeyUsage> Run(const std::string& key_id) { return session_.Run(Ask(key_id)); }

 private:
  Task<absl::StatusOr<KeyUsage>> Ask(std::string key_id) {
    const absl::Status reached = co_await session_.Reach();
    TB_CO_RETURN_IF_ERROR(reached);
    StoreAdmin admin(store_.parts().link);
    const absl::StatusOr<StoreInfo> info = co_await admin.Info();
    if (absl::IsNotFound(info.status())) {
      co_return absl::FailedPreconditionError(info.status().message());
    }
    TB_CO_RETURN_IF_ERROR(info.status());
    if (info->missing_shards > 0) {
      co_return absl::FailedPreconditionError(
          "parts of the store are missing: `tbctl store info` says more");
    }
    session_.client().Subscribe(std::string(kChangedChannel), &heartbeats_);
    const auto spills = co_await heartbeats_.Listen(timing_);
    TB_CO_RETURN_IF_ERROR(spills.status());
    GrantWalk walk(store_.parts(), absl::ZeroDuration());
    const auto walked = co_await walk.Run(GrantWalk::What::kCount);
    TB_CO_RETURN_IF_ERROR(walked.status());
    co_return UsageOf(key_id, walked->by_key, *spills);
  }

  KeyUsage UsageOf(const std::string& key_id, const std::map<std::string, int64_t>& grants,
                   const std::set<std::string>& spills) {
    const absl::Time now = session_.loop().clock().TimeNow();
    const auto judged = JudgeKeys(*keyring_.Current(), grants, spills, now);
    const auto ours = std::find_if(judged.begin(), judged.end(),
                                   [&key_id](const auto& usage) { return usage.key_id == key_id; });
    KeyUsage usage;
    if (ours == judged.end()) return usage;
    usage.grants = ours->grants;
    usage.spilled = spills.contains(key_id);
    usage.seals = !ours->retirable && usage.grants == 0 && !usage.spilled;
    return usage;
  }

  StoreSession& session_;
  const FixedKeyring keyring_;
  const KeyUsageTiming timing_;
  Heartbeats heartbeats_;
  RedisStore store_;
};

}  // namespace

absl::StatusOr<KeyUsage> AskKeyUsage(const std::string& config_file, const std::string& key_id,
                                     KeyUsageTiming timing) {
  TB_ASSIGN_OR_RETURN(Snapshot config, ReadBrokerConfig(config_file));
  TB_ASSIGN_OR_RETURN(Keyring keyring, ReadBrokerKeyring(config));
  StoreSession session(std::move(config), timing.patience);
  Query query(session, std::move(keyring), timing);
  return query.Run(key_id);
}

}  // namespace tokenbroker::tbctl

// The way from the store's verbs to its scripts: knows which store this is and how it is cut into
// shards, runs scripts, and keeps what the clocks of the primaries read. Loop thread only.
#pragma once

#include <absl/container/flat_hash_map.h>
#include <absl/status/statusor.h>
#include <absl/time/time.h>
#include <absl/types/optional.h>

#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/metrics.h"
#include "io/loop.h"
#include "redis/redis_client.h"
#include "store/redis_keys.h"
#include "store/redis_scripts.h"
#include "store/script_answer.h"
#include "store/store_clock.h"

namespace tokenbroker {

// Keys or arguments of a script. Not a braced list, which copies each; with room for what
// StoreLink::Run puts before them.
template <typename... Text>
std::vector<std::string> Words(Text&&... texts) {
  std::vector<std::string> words;
  words.reserve(sizeof...(texts) + 1);
  (words.emplace_back(std::forward<Text>(texts)), ...);
  return words;
}

// One call of a script that works in one shard.
struct ShardCall {
  const RedisScript* script = nullptr;
  int shard = 0;
  // KEYS[2] and on; KEYS[1] is the shard's meta.
  std::vector<std::string> keys;
  // ARGV[3] and on; before them come the run_id and the store_id.
  std::vector<std::string> arguments;
};

inline prometheus::Gauge& StoreReachable(Metrics& metrics) {
  return metrics.Gauge("tokenbroker_store_reachable", "1 while the store answers.");
}

inline constexpr absl::string_view kNoStoreOutcome = "NO_STORE";
inline constexpr absl::string_view kUnavailableOutcome = "UNAVAILABLE";

class StoreLink {
 public:
  struct Options {
    // How long one call may take.
    absl::Duration timeout = absl::Seconds(2);
    // The chunk that defines time_ms(); for tests.
    std::string clock_chunk = std::string(RedisScripts::DefaultClock());
  };

  // Everything must outlive the link.
  StoreLink(Loop& loop, RedisClient& client, Metrics& metrics, Options options);

  Loop& loop() { return loop_; }
  RedisClient& client() { return client_; }
  Metrics& metrics() { return metrics_; }
  const RedisScripts& scripts() const { return scripts_; }
  SteadyTime Deadline() const { return loop_.clock().SteadyNow() + options_.timeout; }

  // The number of shards of this store; kDefaultShards while that is not known.
  int shards() const { return identity_ ? identity_->shards : kDefaultShards; }
  // Learns which store this is, the first time. Empty when that is known, else kNoStoreOutcome or
  // kUnavailableOutcome. What was learned stays: another store that turns up later is foreign.
  Task<std::string> Learn();
  // The primary that serves a shard now; empty while unknown.
  std::string PrimaryOf(int shard);

  // Runs one script. Its outcome is kUnavailableOutcome for whatever goes wrong.
  // REQUIRES: Learn() has succeeded.
  Task<ScriptAnswer> Run(ShardCall call);
  // For a script that checks no meta; `keys` and `arguments` (ARGV[2] and on) are all of it.
  Task<ScriptAnswer> RunBare(const RedisScript* script, std::vector<std::string> keys,
                             std::vector<std::string> arguments);
  // `t` by the clock of the shard's primary, early rather than late, as an argument. Asks the time
  // first when nothing is known of that clock; UNAVAILABLE when it does not say.
  Task<absl::StatusOr<std::string>> InStoreTime(int shard, SteadyTime t);

 private:
  struct Identity {
    std::string store_id;
    int shards = 0;
  };

  void Complain(const std::string& script, absl::string_view why);

  Loop& loop_;
  RedisClient& client_;
  Metrics& metrics_;
  prometheus::Gauge& skew_;
  const Options options_;
  const RedisScripts scripts_;
  absl::optional<Identity> identity_;
  StoreClock clocks_;
  SteadyTime next_complaint_ = SteadyTime::InfinitePast();
};

}  // namespace tokenbroker

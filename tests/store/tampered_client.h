// A client of a real Redis in the hands of a test: sets the store's clock, lets calls suffer, holds
// messages back, and says when nothing is under way any more.
#pragma once

#include <absl/container/flat_hash_map.h>

#include <deque>
#include <functional>
#include <map>
#include <string>

#include "io/loop.h"
#include "redis/redis_client.h"
#include "store/fault_injection.h"
#include "tests/support/redis_server.h"

namespace tokenbroker {

// The store's clock is a key that this chunk reads, in the slot of the script's keys; every call
// sets it first.
inline constexpr char kTestClockChunk[] =
    "local function time_ms()\n"
    "  local tag = string.match(KEYS[1], '{(.-)}') or KEYS[1]\n"
    "  return tonumber(redis.call('GET', '{' .. tag .. '}:clock') or 0)\n"
    "end\n";

class TamperedClient : public RedisClient, public ChannelListener {
 public:
  // `server` is what `client` talks to, `pending` how many of its calls wait for it, `clock` what
  // the store's clock shall read.
  TamperedClient(Loop& loop, RedisClient& client, std::function<size_t()> pending,
                 RedisServer& server, std::function<absl::Time()> clock)
      : loop_(loop),
        client_(client),
        pending_(std::move(pending)),
        server_(server),
        clock_(std::move(clock)) {}

  void Inject(StoreVerb verb, StoreFault fault) { faults_[verb].push_back(fault); }
  void Cut();
  void Restore();
  // Messages get lost without a word, or do so no more.
  void SetDeaf(bool deaf) { deaf_ = deaf; }

  // Lets the server answer what it was asked and tell what it published. False when nothing is
  // under way, or only time can help (a pause before the next attempt to connect).
  bool WaitOutside();
  // How many scripts ran.
  int scripts_run() const { return scripts_run_; }

  Task<absl::StatusOr<RedisReply>> Call(RedisCommand command) override;
  Task<absl::StatusOr<RedisReply>> Run(ScriptCall call) override;
  Task<absl::Status> AwaitReplicas(std::string barrier_key, int replicas,
                                   SteadyTime deadline) override;
  std::string PrimaryOf(absl::string_view key) override { return client_.PrimaryOf(key); }
  void Subscribe(std::string channel, ChannelListener* listener) override;
  void Resubscribe() override { client_.Resubscribe(); }

  void OnMessage(absl::string_view payload) override;
  void OnSubscribed() override;
  void OnLost() override;

 private:
  StoreFault Take(const std::string& script);
  Task<absl::StatusOr<RedisReply>> Execute(ScriptCall call);
  Task<void> ExecuteAndForget(ScriptCall call);

  Loop& loop_;
  RedisClient& client_;
  const std::function<size_t()> pending_;
  RedisServer& server_;
  const std::function<absl::Time()> clock_;
  std::map<StoreVerb, std::deque<StoreFault>> faults_;
  int under_way_ = 0;
  int scripts_run_ = 0;

  ChannelListener* listener_ = nullptr;
  bool subscribed_ = false;
  bool cut_ = false;
  bool deaf_ = false;
  // A mark behind everything that was published: once it is heard, the rest was, too.
  int published_mark_ = 0;
  int heard_mark_ = 0;
  bool marked_ = true;
};

}  // namespace tokenbroker

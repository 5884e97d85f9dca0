#include "redis/replica_barrier.h"

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <utility>

#include "base/status_macros.h"
#include "redis/error_reply.h"

namespace tokenbroker {
namespace {

// A write that a full memory does not refuse (SET is): what was stored must stay provable then.
constexpr absl::string_view kWriteKey =
    "#!lua flags=allow-oom\n"
    "return redis.call('SET', KEYS[1], '1')";

constexpr absl::Duration kLongestWait = absl::Seconds(5);
// How much later than it was told to WAIT may answer.
constexpr absl::Duration kSlack = absl::Seconds(1);

RedisConnection::Options Patient(RedisConnection::Options options) {
  options.connect.limits.max_silence = kLongestWait + 2 * kSlack;
  return options;
}

EncodedCommands Encode(ReplicaBarrier::Primary kind, const std::string& key, int replicas,
                       absl::Duration wait) {
  const std::string count = absl::StrCat(replicas);
  // Zero would be for ever.
  const std::string timeout = absl::StrCat(std::max<int64_t>(1, absl::ToInt64Milliseconds(wait)));
  const EncodedCommands barrier = EncodeCommand({absl::string_view("EVAL"), kWriteKey, "1", key}) +
                                  EncodeCommand({absl::string_view("WAIT"), count, timeout});
  if (kind == ReplicaBarrier::Primary::kLone) return barrier;
  return EncodeCommand({absl::string_view("ASKING")}) + barrier;
}

}  // namespace

struct ReplicaBarrier::Round {
  Round(Loop& loop, std::string written) : done(loop), key(std::move(written)) {}
  Event done;
  const std::string key;
  // The most that any of those who share it wants.
  int replicas = 0;
  SteadyTime deadline = SteadyTime::InfinitePast();
  // What came of it.
  absl::StatusOr<int64_t> acknowledged = int64_t{0};
  std::string run_id;
};

struct ReplicaBarrier::State {
  State(Loop& on, std::shared_ptr<EndpointFinder> finder, RedisConnection::Options options,
        Primary of)
      : loop(on), kind(of), connection(on, std::move(finder), Patient(std::move(options))) {}
  Loop& loop;
  const Primary kind;
  RedisConnection connection;
  // Who comes now joins it; null when nobody waits for one.
  std::shared_ptr<Round> next;
  bool running = false;
  bool stopped = false;
};

ReplicaBarrier::ReplicaBarrier(Loop& loop, std::shared_ptr<EndpointFinder> finder,
                               RedisConnection::Options connection, Primary kind)
    : state_(std::make_shared<State>(loop, std::move(finder), std::move(connection), kind)) {}

ReplicaBarrier::~ReplicaBarrier() {
  state_->stopped = true;
  state_->connection.Drop(absl::UnavailableError("the client was shut down"));
}

Task<absl::Status> ReplicaBarrier::Await(std::string key, int replicas, std::string run_id,
                                         SteadyTime deadline) {
  const std::shared_ptr<State> state = state_;
  if (state->next == nullptr) state->next = std::make_shared<Round>(state->loop, std::move(key));
  const std::shared_ptr<Round> round = state->next;
  round->replicas = std::max(round->replicas, replicas);
  round->deadline = std::max(round->deadline, deadline);
  if (!std::exchange(state->running, true)) state->loop.Spawn(RunRounds(state));
  const bool in_time = co_await round->done.WaitUntil(deadline);
  if (!in_time) co_return CallFailed("WAIT", "no answer in time");
  if (!round->acknowledged.ok()) {
    co_return CallFailed("WAIT", round->acknowledged.status().message());
  }
  if (!run_id.empty() && run_id != round->run_id) {
    const absl::Status replaced = CallFailed("WAIT", "another server is the primary now");
    co_return absl::FailedPreconditionError(replaced.message());
  }
  if (*round->acknowledged < replicas) co_return CallFailed("WAIT", "too few replicas");
  co_return absl::OkStatus();
}

Task<void> ReplicaBarrier::RunRounds(std::shared_ptr<State> state) {
  while (state->next != nullptr && !state->stopped) {
    const auto round = std::exchange(state->next, nullptr);
    round->acknowledged = co_await RunRound(state, round);
    round->done.Notify();
  }
  state->running = false;
}

Task<absl::StatusOr<int64_t>> ReplicaBarrier::RunRound(std::shared_ptr<State> state,
                                                       std::shared_ptr<Round> round) {
  // Everybody has given up while the one before it was under way.
  if (round->deadline <= state->loop.clock().SteadyNow()) {
    co_return absl::UnavailableError("no time left");
  }
  const auto session = co_await state->connection.Ready(round->deadline);
  TB_CO_RETURN_IF_ERROR(session.status());
  round->run_id = (*session)->run_id();
  const SteadyTime now = state->loop.clock().SteadyNow();
  const absl::Duration wait = std::min(round->deadline - now, kLongestWait);
  EncodedCommands commands = Encode(state->kind, round->key, round->replicas, wait);
  const SteadyTime latest = now + wait + kSlack;
  auto reply = co_await RedisSession::Call(*session, std::move(commands), latest);
  if (!reply.ok()) {
    // It blocks what would come behind it.
    (*session)->Close(reply.status());
    co_return reply.status();
  }
  const absl::string_view code = ErrorCode(*reply);
  if (code == "READONLY") (*session)->Retire();
  if (!code.empty()) co_return absl::UnavailableError(code);
  co_return reply->integer;
}

RedisConnection& ReplicaBarrier::connection() const { return state_->connection; }

}  // namespace tokenbroker

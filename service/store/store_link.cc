#include "store/store_link.h"

#include <utility>

#include "base/log.h"
#include "store/redis_keys.h"

namespace tokenbroker {
namespace {

// A Redis that is away would fill the log.
constexpr absl::Duration kComplaintInterval = absl::Seconds(10);

ScriptAnswer Unavailable() {
  ScriptAnswer answer;
  answer.outcome = std::string(kUnavailableOutcome);
  return answer;
}

}  // namespace

StoreLink::StoreLink(Loop& loop, RedisClient& client, Metrics& metrics, Options options)
    : loop_(loop),
      client_(client),
      metrics_(metrics),
      skew_(metrics.Gauge("tokenbroker_store_clock_skew_seconds",
                          "How far the store's clock is ahead of this machine's, in seconds.")),
      options_(std::move(options)),
      scripts_(options_.clock_chunk) {}

Task<std::string> StoreLink::Learn() {
  if (identity_) co_return std::string();
  std::vector<std::string> keys{MetaKey(0)};
  std::vector<std::string> none;
  ScriptAnswer answer = co_await RunBare(&scripts_.read_meta, std::move(keys), std::move(none));
  if (answer.outcome == kUnavailableOutcome) co_return answer.outcome;
  const RecordFields& meta = answer.records.front();
  Identity identity{std::string(meta.Text("store_id")), static_cast<int>(meta.Number("shards"))};
  if (identity.store_id.empty() || identity.shards <= 0) co_return std::string(kNoStoreOutcome);
  identity_ = std::move(identity);
  co_return std::string();
}

std::string StoreLink::PrimaryOf(int shard) { return client_.PrimaryOf(MetaKey(shard)); }

Task<ScriptAnswer> StoreLink::Run(ShardCall call) {
  std::vector<std::string> keys = std::move(call.keys);
  keys.insert(keys.begin(), MetaKey(call.shard));
  std::vector<std::string> arguments = std::move(call.arguments);
  arguments.insert(arguments.begin(), identity_->store_id);
  co_return co_await RunBare(call.script, std::move(keys), std::move(arguments));
}

Task<ScriptAnswer> StoreLink::RunBare(const RedisScript* script, std::vector<std::string> keys,
                                      std::vector<std::string> arguments) {
  const std::string route = keys.front();
  const std::string primary = client_.PrimaryOf(route);
  const SteadyTime sent = loop_.clock().SteadyNow();
  ScriptCall call{script, std::move(keys), std::move(arguments), Deadline()};
  absl::StatusOr<RedisReply> reply = co_await client_.Run(std::move(call));
  if (!reply.ok()) {
    Complain(script->name(), reply.status().message());
    co_return Unavailable();
  }
  absl::optional<ScriptAnswer> answer = ReadScriptAnswer(*std::move(reply));
  if (!answer) {
    Complain(script->name(), "unreadable answer");
    co_return Unavailable();
  }
  skew_.Set(absl::ToDoubleSeconds(answer->time.store_time - loop_.clock().TimeNow()));
  answer->time.steady = sent;
  // Unless another primary may have answered than the one that is there now.
  if (client_.PrimaryOf(route) == primary) {
    clocks_.Saw(primary, answer->time.store_time, loop_.clock().SteadyNow());
  }
  co_return *std::move(answer);
}

void StoreLink::Complain(const std::string& script, absl::string_view why) {
  metrics_
      .Counter("tokenbroker_store_errors_total", "Calls of the store's scripts without an answer.",
               {{"script", script}})
      .Increment();
  const SteadyTime now = loop_.clock().SteadyNow();
  if (now < next_complaint_) return;
  next_complaint_ = now + kComplaintInterval;
  Log(LogLevel::kWarning, "store_call_failed", {{"script", script}, {"why", why}});
}

Task<absl::StatusOr<std::string>> StoreLink::InStoreTime(int shard, SteadyTime t) {
  if (t == SteadyTime::InfiniteFuture()) co_return std::string("inf");
  absl::optional<absl::Time> time = clocks_.NotLaterThan(PrimaryOf(shard), t);
  if (!time) {
    ShardCall ask{&scripts_.read_time, shard, {}, {}};
    const ScriptAnswer answer = co_await Run(std::move(ask));
    if (answer.outcome == kUnavailableOutcome) co_return absl::UnavailableError("no time");
    time = answer.time.store_time + (t - loop_.clock().SteadyNow());
  }
  co_return MillisText(*time);
}

}  // namespace tokenbroker

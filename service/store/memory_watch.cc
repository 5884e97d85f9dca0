#include "store/memory_watch.h"

#include <absl/strings/numbers.h>
#include <absl/strings/str_split.h>
#include <absl/strings/strip.h>

#include <utility>
#include <vector>

#include "base/log.h"
#include "store/redis_keys.h"

namespace tokenbroker {
namespace {

constexpr absl::Duration kInterval = absl::Seconds(1);
constexpr absl::Duration kLogInterval = absl::Seconds(10);

double Limit(MemoryWatch::What what) {
  switch (what) {
    case MemoryWatch::What::kLogin:
      return 0.80;
    case MemoryWatch::What::kNewGrant:
      return 0.90;
    case MemoryWatch::What::kRefresh:
      return 0.95;
  }
  return 1;
}

const char* Name(MemoryWatch::What what) {
  switch (what) {
    case MemoryWatch::What::kLogin:
      return "login";
    case MemoryWatch::What::kNewGrant:
      return "new_grant";
    case MemoryWatch::What::kRefresh:
      return "refresh";
  }
  return "";
}

}  // namespace

MemoryWatch::MemoryWatch(StoreLink& link) : link_(link) {
  for (const What what : {What::kLogin, What::kNewGrant, What::kRefresh}) RefusalsOf(what);
}

Task<void> MemoryWatch::Run() {
  for (;;) {
    co_await Look();
    co_await link_.loop().Sleep(kInterval);
  }
}

Task<void> MemoryWatch::Look() {
  absl::flat_hash_map<std::string, int> primaries;
  for (int shard = 0; shard < link_.shards(); ++shard) {
    primaries.emplace(link_.PrimaryOf(shard), shard);
  }
  absl::flat_hash_map<std::string, double> still_there;
  for (const auto& [primary, shard] : primaries) {
    if (const auto found = used_.find(primary); found != used_.end()) still_there.insert(*found);
  }
  used_ = std::move(still_there);
  for (const auto& [primary, shard] : primaries) co_await LookAt(primary, shard);
}

Task<void> MemoryWatch::LookAt(std::string primary, int shard) {
  RedisCommand command{MetaKey(shard), {"INFO", "memory"}, link_.Deadline()};
  const absl::StatusOr<RedisReply> reply = co_await link_.client().Call(std::move(command));
  if (!reply.ok()) co_return;
  const absl::optional<double> share = UsedShare(reply->text);
  // Who serves the shard by now is who answered, unless it has changed on the way.
  if (link_.PrimaryOf(shard) != primary && !primary.empty()) co_return;
  used_[link_.PrimaryOf(shard)] = share.value_or(0);
}

bool MemoryWatch::Refuses(What what, int shard) {
  const auto found = used_.find(link_.PrimaryOf(shard));
  if (found == used_.end() || found->second < Limit(what)) return false;
  RefusalsOf(what).Increment();
  const SteadyTime now = link_.loop().clock().SteadyNow();
  if (now >= next_log_) {
    next_log_ = now + kLogInterval;
    Log(LogLevel::kError, "store_nearly_full",
        {{"refused", Name(what)}, {"percent", static_cast<int>(found->second * 100)}});
  }
  return true;
}

prometheus::Counter& MemoryWatch::RefusalsOf(What what) {
  return link_.metrics().Counter("tokenbroker_store_memory_refusals_total",
                                 "What was refused because Redis is nearly full.",
                                 {{"what", Name(what)}});
}

absl::optional<double> MemoryWatch::UsedShare(absl::string_view info) {
  double used = 0;
  double limit = 0;
  for (absl::string_view line : absl::StrSplit(info, '\n')) {
    line = absl::StripSuffix(line, "\r");
    if (absl::ConsumePrefix(&line, "used_memory:") && !absl::SimpleAtod(line, &used)) used = 0;
    if (absl::ConsumePrefix(&line, "maxmemory:") && !absl::SimpleAtod(line, &limit)) limit = 0;
  }
  if (limit <= 0) return absl::nullopt;
  return used / limit;
}

}  // namespace tokenbroker

#include "store/redis_due.h"

#include <absl/container/flat_hash_map.h>
#include <absl/strings/numbers.h>
#include <absl/strings/str_cat.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "crypto/random.h"
#include "io/await_all.h"
#include "store/answer_words.h"

namespace tokenbroker {
namespace {

using Claimed = ClaimAnswer::Outcome;

// How many grants one script touches, so that it holds up nobody.
constexpr size_t kUsesPerScript = 100;

// How long what was seen is claimed from without another look: while there is a backlog, the looks
// would cost more than the claims.
constexpr absl::Duration kSeenFor = absl::Seconds(1);

// Of what is due within so long of each other, one shard after the other is claimed: that takes few
// scripts; and brokers that look at the same time begin with different shards, and do not claim the
// same.
constexpr int64_t kOrderedByMs = 10'000;

// How much more than its share one shard may show: what is due lies evenly in the shards, so that a
// little more than the average finds nearly all of the soonest.
// One is looked at in any case: how late it is.
int LookLimit(int limit, int shards) {
  return std::max(1, std::min(limit, 16 + 4 * limit / shards));
}

DueBacklog BacklogIn(const std::vector<ScriptAnswer>& looks) {
  DueBacklog backlog;
  for (const ScriptAnswer& look : looks) {
    backlog.grants += look.values.Number("due");
    int64_t due = 0;
    if (look.items.size() < 2 || !absl::SimpleAtoi(look.items[1], &due)) continue;
    backlog.lag = std::max(backlog.lag, look.time.store_time - absl::FromUnixMillis(due));
  }
  return backlog;
}

// What a look showed of one member, to be put in order: its name is moved once, afterwards.
struct Place {
  // In steps of kOrderedByMs.
  int64_t when = 0;
  // In the order in which the shards are visited: different for every look.
  int turn = 0;
  // Of its shard's items, which are soonest first.
  size_t item = 0;
  int shard = 0;
};

// Ok when any shard answered: one primary that is away must not hold up the others' work.
void Conclude(const std::vector<ScriptAnswer>& answers, ClaimAnswer* claim) {
  claim->outcome = Claimed::kUnavailable;
  for (const ScriptAnswer& answer : answers) {
    if (answer.outcome == "OK") {
      claim->outcome = Claimed::kOk;
      claim->time = answer.time;
      return;
    }
    if (answer.outcome == kNoStoreOutcome) claim->outcome = Claimed::kNoStore;
  }
}

// By member, what the scripts handed out.
absl::flat_hash_map<absl::string_view, const RecordFields*> HandedOut(
    const std::vector<ScriptAnswer>& answers) {
  absl::flat_hash_map<absl::string_view, const RecordFields*> found;
  for (const ScriptAnswer& answer : answers) {
    const size_t count = std::min(answer.items.size(), answer.records.size());
    for (size_t i = 0; i < count; ++i) found.emplace(answer.items[i], &answer.records[i]);
  }
  return found;
}

DueGrant DueOf(GrantKey key, const RecordFields& record) {
  return {std::move(key), record.Number("gen"), record.TimeOrEpoch("authorized_at"),
          record.TimeOrEpoch("last_used_at"), record.Time("last_refresh_at")};
}

}  // namespace

RedisDue::RedisDue(RedisParts parts)
    : parts_(parts), draws_(static_cast<uint8_t>(RandomBytes(1)[0])) {}

std::vector<RedisDue::DueMember> RedisDue::LatestFirst(std::vector<ScriptAnswer>& looks) {
  const int shards = static_cast<int>(looks.size());
  const int first_shard = static_cast<int>(draws_++ * 29 % static_cast<uint32_t>(shards));
  std::vector<Place> places;
  for (int shard = 0; shard < shards; ++shard) {
    const std::vector<std::string>& items = looks[static_cast<size_t>(shard)].items;
    for (size_t i = 0; i + 1 < items.size(); i += 2) {
      double due = 0;
      if (!absl::SimpleAtod(items[i + 1], &due)) continue;
      places.push_back({static_cast<int64_t>(due) / kOrderedByMs,
                        (shard - first_shard + shards) % shards, i, shard});
    }
  }
  std::sort(places.begin(), places.end(), [](const Place& a, const Place& b) {
    return std::tie(a.when, a.turn, a.item) > std::tie(b.when, b.turn, b.item);
  });
  std::vector<DueMember> found;
  found.reserve(places.size());
  for (const Place& place : places) {
    std::vector<std::string>& items = looks[static_cast<size_t>(place.shard)].items;
    found.push_back({place.shard, std::move(items[place.item])});
  }
  return found;
}

Task<ClaimAnswer> RedisDue::Look(std::string provider, int limit) {
  const int shards = parts_.link.shards();
  std::vector<Task<ScriptAnswer>> looks;
  looks.reserve(static_cast<size_t>(shards));
  for (int shard = 0; shard < shards; ++shard) {
    looks.push_back(parts_.link.Run({&parts_.link.scripts().peek_due,
                                     shard,
                                     {DueKey(shard, provider)},
                                     {absl::StrCat(LookLimit(limit, shards))}}));
  }
  std::vector<ScriptAnswer> looked = co_await AwaitAll(&parts_.link.loop(), std::move(looks));
  ClaimAnswer answer;
  Conclude(looked, &answer);
  answer.backlog = BacklogIn(looked);
  Seen seen{parts_.link.loop().clock().SteadyNow() + kSeenFor, {}, answer.backlog};
  if (limit > 0) seen.latest_first = LatestFirst(looked);
  seen_[provider] = std::move(seen);
  co_return answer;
}

Task<ClaimAnswer> RedisDue::ClaimSeen(std::string provider, size_t count, absl::Duration push) {
  Seen& seen = seen_[provider];
  std::map<int, std::vector<std::string>> by_shard;
  std::vector<DueMember> soonest;
  for (; count > 0 && !seen.latest_first.empty(); --count, seen.latest_first.pop_back()) {
    soonest.push_back(std::move(seen.latest_first.back()));
    const DueMember& due = soonest.back();
    std::vector<std::string>& keys = by_shard[due.shard];
    if (keys.empty()) keys.push_back(DueKey(due.shard, provider));
    keys.push_back(GrantRedisKeyOf(due.shard, due.member));
  }
  ClaimAnswer answer;
  answer.backlog = seen.backlog;
  std::vector<Task<ScriptAnswer>> claims;
  claims.reserve(by_shard.size());
  for (auto& [shard, keys] : by_shard) {
    claims.push_back(parts_.link.Run({&parts_.link.scripts().claim_due,
                                      shard,
                                      std::move(keys),
                                      {absl::StrCat(absl::ToInt64Milliseconds(push))}}));
  }
  const std::vector<ScriptAnswer> claimed =
      co_await AwaitAll(&parts_.link.loop(), std::move(claims));
  Conclude(claimed, &answer);
  const auto handed_out = HandedOut(claimed);
  for (const DueMember& due : soonest) {
    const auto found = handed_out.find(due.member);
    if (found == handed_out.end()) continue;
    absl::optional<GrantKey> key = ParseMember(due.member);
    if (key) answer.due.push_back(DueOf(*std::move(key), *found->second));
  }
  seen_[provider].backlog.grants -= static_cast<int64_t>(answer.due.size());
  co_return answer;
}

Task<ClaimAnswer> RedisDue::Claim(std::string provider, int limit, absl::Duration push) {
  const std::string missing = co_await parts_.link.Learn();
  if (!missing.empty()) co_return AnswerWithoutStore<ClaimAnswer>(missing);
  const auto most = static_cast<size_t>(std::max(limit, 0));
  const Seen& seen = seen_[provider];
  const bool old = seen.until <= parts_.link.loop().clock().SteadyNow();
  ClaimAnswer answer;
  if (most > 0 && !old && seen.latest_first.size() >= most) {
    answer = co_await ClaimSeen(provider, most, push);
    if (answer.outcome != Claimed::kOk || answer.due.size() == most) co_return answer;
    // Others claimed some of it since.
  }
  ClaimAnswer more = co_await Look(provider, limit);
  const size_t rest = most - answer.due.size();
  if (!seen.latest_first.empty()) more = co_await ClaimSeen(provider, rest, push);
  if (answer.due.empty()) co_return more;
  // The time is that of the first: what was handed out then may have changed since.
  answer.backlog = more.backlog;
  answer.backlog.grants += static_cast<int64_t>(answer.due.size());
  std::move(more.due.begin(), more.due.end(), std::back_inserter(answer.due));
  co_return answer;
}

Task<bool> RedisDue::Touch(std::vector<std::pair<GrantKey, absl::Time>> uses) {
  const std::string missing = co_await parts_.link.Learn();
  if (!missing.empty()) co_return false;
  std::map<int, std::vector<ShardCall>> by_shard;
  for (const auto& [key, used] : uses) {
    const int shard = ShardOf(key, parts_.link.shards());
    std::vector<ShardCall>& of_shard = by_shard[shard];
    if (of_shard.empty() || of_shard.back().keys.size() == kUsesPerScript) {
      of_shard.push_back({&parts_.link.scripts().touch, shard, {}, {}});
    }
    of_shard.back().keys.push_back(GrantRedisKey(shard, key));
    of_shard.back().arguments.push_back(MillisText(used));
  }
  std::vector<Task<ScriptAnswer>> calls;
  for (auto& [shard, of_shard] : by_shard) {
    for (ShardCall& call : of_shard) calls.push_back(parts_.link.Run(std::move(call)));
  }
  const std::vector<ScriptAnswer> answers =
      co_await AwaitAll(&parts_.link.loop(), std::move(calls));
  co_return std::all_of(answers.begin(), answers.end(),
                        [](const ScriptAnswer& answer) { return answer.outcome == "OK"; });
}

}  // namespace tokenbroker

#include "store/redis_listing.h"

#include <algorithm>
#include <utility>

#include "store/answer_words.h"
#include "store/page_token.h"

namespace tokenbroker {
namespace {

using Outcome = ListAnswer::Outcome;

constexpr AnswerWord<Outcome> kWords[] = {{"OK", Outcome::kOk}};
// How many records one page may look at for each that it may return, and how many one script loads,
// so that a filter which matches little holds up neither the loop nor Redis.
constexpr size_t kLooksPerGrant = 20;
constexpr size_t kLoadsPerScript = 100;

bool MayMatch(const GrantFilter& filter, const GrantKey& key) {
  return (filter.tenant.empty() || filter.tenant == key.tenant) &&
         (filter.provider.empty() || filter.provider == key.provider) &&
         (filter.subject.empty() || filter.subject == key.subject);
}

// Where a listing of `filter` begins, and where it ends.
std::pair<int, int> ShardsFor(const GrantFilter& filter, int shards) {
  if (filter.tenant.empty() || filter.provider.empty() || filter.subject.empty()) {
    return {0, shards};
  }
  const int only = ShardOf({filter.tenant, filter.provider, filter.subject}, shards);
  return {only, only + 1};
}

}  // namespace

Task<ListAnswer> RedisListing::List(GrantFilter filter, int page_size, std::string page_token) {
  const std::string missing = co_await parts_.link.Learn();
  if (!missing.empty()) co_return AnswerWithoutStore<ListAnswer>(missing);
  auto [shard, end] = ShardsFor(filter, parts_.link.shards());
  std::string after;
  Page page;
  page.answer.outcome = Outcome::kOk;
  if (!page_token.empty()) {
    const absl::optional<GrantKey> last = ParsePageToken(page_token);
    if (!last) {
      page.answer.outcome = Outcome::kBadPage;
      co_return page.answer;
    }
    shard = std::max(shard, ShardOf(*last, parts_.link.shards()));
    after = MemberOf(*last);
  }
  page.filter = std::move(filter);
  page.most = static_cast<size_t>(std::max(page_size, 1));
  page.looks = page.most * kLooksPerGrant;
  for (; shard < end && page.answer.outcome == Outcome::kOk && !page.full(); ++shard) {
    Page longer = co_await AddShard(std::move(page), shard, std::move(after));
    page = std::move(longer);
    after.clear();
  }
  co_return std::move(page.answer);
}

Task<RedisListing::Page> RedisListing::AddShard(Page page, int shard, std::string after) {
  Members members = co_await MembersOf(shard, page.filter, std::move(after));
  page.answer.outcome = members.outcome;
  page.answer.time = members.time;
  std::vector<std::string>& names = members.names;
  size_t next = 0;
  while (next < names.size() && page.answer.outcome == Outcome::kOk) {
    if (page.full()) {
      page.answer.next_page = MakePageToken(*ParseMember(page.last_seen));
      co_return page;
    }
    const size_t n =
        std::min({names.size() - next, kLoadsPerScript, page.looks,
                  page.filter.state ? kLoadsPerScript : page.most - page.answer.grants.size()});
    std::vector<std::string> some(names.begin() + static_cast<int64_t>(next),
                                  names.begin() + static_cast<int64_t>(next + n));
    Records records = co_await Load(shard, std::move(some), Show::kLiving);
    page.answer.outcome = records.outcome;
    page.looks -= n;
    for (size_t i = 0; i < records.fields.size() && page.answer.grants.size() < page.most; ++i) {
      page.last_seen = names[next++];
      if (records.fields[i].empty()) continue;
      const GrantKey key = *ParseMember(page.last_seen);
      Grant grant = GrantSealer::Plain(key, records.fields[i]);
      if (page.filter.state && *page.filter.state != grant.state) continue;
      // What cannot be opened is listed with what is plain.
      auto opened = parts_.sealer.Open(key, records.fields[i]);
      page.answer.grants.push_back(opened.ok() ? std::move(opened->grant) : std::move(grant));
    }
  }
  // The next page begins with the next shard's first.
  if (page.full() && !page.last_seen.empty()) {
    page.answer.next_page = MakePageToken(*ParseMember(page.last_seen));
  }
  co_return page;
}

Task<RedisListing::Members> RedisListing::MembersOf(int shard, GrantFilter filter,
                                                    std::string after) {
  Members members;
  std::vector<std::string> providers;
  if (!filter.provider.empty()) {
    providers.push_back(EncodePart(filter.provider));
  } else {
    ShardCall call{&parts_.link.scripts().list_providers, shard, {ProvidersKey(shard)}, {}};
    ScriptAnswer said = co_await parts_.link.Run(std::move(call));
    members = StartAnswer<Members>(said, kWords);
    if (members.outcome != Outcome::kOk) co_return members;
    providers = std::move(said.items);
  }
  members.outcome = Outcome::kOk;
  for (const std::string& provider : providers) {
    ShardCall call{&parts_.link.scripts().list_members,
                   shard,
                   {DueKey(shard, DecodePart(provider).value_or(""))},
                   {}};
    ScriptAnswer said = co_await parts_.link.Run(std::move(call));
    Members some = StartAnswer<Members>(said, kWords);
    members.outcome = some.outcome;
    members.time = some.time;
    if (members.outcome != Outcome::kOk) co_return members;
    for (std::string& name : said.items) {
      if (name <= after) continue;
      const absl::optional<GrantKey> key = ParseMember(name);
      if (key && MayMatch(filter, *key)) members.names.push_back(std::move(name));
    }
  }
  std::sort(members.names.begin(), members.names.end());
  co_return members;
}

Task<RedisListing::Records> RedisListing::Load(int shard, std::vector<std::string> names,
                                               Show show) {
  ShardCall call{&parts_.link.scripts().load, shard, {}, {}};
  if (show == Show::kAll) call.arguments = {"all"};
  for (const std::string& name : names) {
    const absl::optional<GrantKey> key = ParseMember(name);
    call.keys.push_back(GrantRedisKey(shard, *key));
  }
  ScriptAnswer said = co_await parts_.link.Run(std::move(call));
  Records records = StartAnswer<Records>(said, kWords);
  records.fields = std::move(said.records);
  co_return records;
}

}  // namespace tokenbroker

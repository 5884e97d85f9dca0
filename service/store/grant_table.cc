#include "store/grant_table.h"

#include <algorithm>

#include "store/page_token.h"

namespace tokenbroker {
namespace {

constexpr int kDropsPerCall = 8;
// How many records one page may look at for each that it may return, so that a filter which
// matches little does not hold up the loop.
constexpr int kLooksPerGrant = 20;

bool Matches(const GrantFilter& filter, const Grant& grant) {
  if (!filter.provider.empty() && filter.provider != grant.key.provider) return false;
  if (!filter.subject.empty() && filter.subject != grant.key.subject) return false;
  if (filter.state && *filter.state != grant.state) return false;
  return grant.state != GrantState::kDeleted;
}

}  // namespace

RefreshRecord* GrantTable::Find(const GrantKey& key, absl::Time now) {
  const auto row = rows_.find(key);
  if (row == rows_.end()) return nullptr;
  if (row->second->end > now) return &row->second->record;
  Drop(key);
  return nullptr;
}

RefreshRecord& GrantTable::FindOrCreate(const GrantKey& key, absl::Time now) {
  if (RefreshRecord* found = Find(key, now)) return *found;
  std::unique_ptr<Row>& row = rows_[key];
  row = std::make_unique<Row>();
  row->record.grant.key = key;
  due_[key.provider].emplace(row->due, key);
  return row->record;
}

void GrantTable::SetDue(const GrantKey& key, absl::Time due) {
  Row& row = *rows_.at(key);
  Schedule& schedule = due_[key.provider];
  schedule.erase({row.due, key});
  row.due = due;
  schedule.emplace(due, key);
}

void GrantTable::SetEnd(const GrantKey& key, absl::Time end) {
  Row& row = *rows_.at(key);
  ends_.erase({row.end, key});
  row.end = end;
  if (end != absl::InfiniteFuture()) ends_.emplace(end, key);
}

DueBacklog GrantTable::BacklogOf(const std::string& provider, absl::Time now) const {
  DueBacklog backlog;
  const auto schedule = due_.find(provider);
  if (schedule == due_.end()) return backlog;
  for (const auto& [due, key] : schedule->second) {
    if (due > now) break;
    if (backlog.grants++ == 0) backlog.lag = now - due;
  }
  return backlog;
}

std::vector<DueGrant> GrantTable::ClaimDue(const std::string& provider, int limit, absl::Time now,
                                           absl::Duration push) {
  std::vector<GrantKey> due_keys;
  const auto schedule = due_.find(provider);
  if (schedule == due_.end()) return {};
  for (const auto& [due, key] : schedule->second) {
    if (due > now || static_cast<int>(due_keys.size()) >= limit) break;
    due_keys.push_back(key);
  }
  std::vector<DueGrant> claimed;
  for (const GrantKey& key : due_keys) {
    SetDue(key, now + push);
    const Grant& grant = rows_.at(key)->record.grant;
    if (grant.state != GrantState::kActive || !grant.refreshable()) continue;
    claimed.push_back(
        {key, grant.generation, grant.authorized_at, grant.last_used_at, grant.last_refresh_at});
  }
  return claimed;
}

ListAnswer GrantTable::List(const GrantFilter& filter, int page_size, const std::string& page,
                            absl::Time now) const {
  ListAnswer answer;
  answer.outcome = ListAnswer::Outcome::kOk;
  const auto most = static_cast<size_t>(std::max(page_size, 1));
  auto row = rows_.lower_bound(GrantKey{filter.tenant, "", ""});
  if (!page.empty()) {
    const absl::optional<GrantKey> last = ParsePageToken(page);
    if (!last) {
      answer.outcome = ListAnswer::Outcome::kBadPage;
      return answer;
    }
    if (!(*last < GrantKey{filter.tenant, "", ""})) row = rows_.upper_bound(*last);
  }
  size_t looks = most * kLooksPerGrant;
  const GrantKey* last_seen = nullptr;
  for (; row != rows_.end(); ++row) {
    if (!filter.tenant.empty() && row->first.tenant != filter.tenant) break;
    if (answer.grants.size() == most || looks-- == 0) {
      answer.next_page = MakePageToken(*last_seen);
      break;
    }
    last_seen = &row->first;
    const Grant& grant = row->second->record.grant;
    if (row->second->end > now && Matches(filter, grant)) answer.grants.push_back(grant);
  }
  return answer;
}

void GrantTable::DropSomeEnded(absl::Time now) {
  for (int i = 0; i < kDropsPerCall && !ends_.empty(); ++i) {
    const auto [end, key] = *ends_.begin();
    if (end > now) return;
    Drop(key);
  }
}

void GrantTable::Replace(const GrantKey& key, const absl::optional<RefreshRecord>& record) {
  Drop(key);
  if (!record) return;
  FindOrCreate(key, absl::InfinitePast()) = *record;
  SetDue(key, record->grant.refresh_at.value_or(absl::InfiniteFuture()));
}

void GrantTable::Drop(const GrantKey& key) {
  const auto row = rows_.find(key);
  if (row == rows_.end()) return;
  // `key` may lie in what is erased.
  const GrantKey kept = key;
  const auto schedule = due_.find(kept.provider);
  schedule->second.erase({row->second->due, kept});
  if (schedule->second.empty()) due_.erase(schedule);
  ends_.erase({row->second->end, kept});
  rows_.erase(row);
}

}  // namespace tokenbroker

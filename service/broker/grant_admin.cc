#include "broker/grant_admin.h"

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "base/status_macros.h"
#include "broker/refusals.h"
#include "broker/remember.h"
#include "crypto/random.h"
#include "token/freshness_policy.h"
#include "token/refusal.h"

namespace tokenbroker {
namespace {

constexpr absl::Duration kRetryPause = absl::Milliseconds(100);
// How late a put that was given up on may be executed.
constexpr absl::Duration kPutPatience = absl::Seconds(2);
constexpr size_t kAttemptBytes = 16;
// How far a caller's clock may be ahead of the store's.
constexpr absl::Duration kClockSkew = absl::Minutes(1);

GrantFilter StoreFilter(const ListGrantsQuery& query) {
  GrantFilter filter;
  filter.tenant = query.tenant;
  filter.provider = query.provider;
  filter.subject = query.subject;
  switch (query.state) {
    case ListedState::kAny:
      break;
    case ListedState::kActive:
    case ListedState::kFrozen:
      filter.state = GrantState::kActive;
      break;
    case ListedState::kReauthorizationRequired:
      filter.state = GrantState::kReauthorizationRequired;
      break;
    case ListedState::kRevoked:
      filter.state = GrantState::kRevoked;
      break;
  }
  return filter;
}

bool IsListed(const GrantView& view, ListedState state) {
  const bool frozen = view.freeze != GrantView::Freeze::kNone;
  if (state == ListedState::kActive) return !frozen;
  if (state == ListedState::kFrozen) return frozen;
  return true;
}

absl::Status DeadlineExceeded() {
  return absl::DeadlineExceededError(
      "the call's deadline came first; the refresh goes on: look at the grant later");
}

// How many grants a listing of few reads at a time.
constexpr int kScanPage = 100;

}  // namespace

GrantView GrantAdmin::ViewOf(Grant grant) const {
  GrantView view;
  view.grant = std::move(grant);
  if (view.grant.state != GrantState::kActive) return view;
  const std::string& name = view.grant.key.provider;
  const std::shared_ptr<const ProviderConfig> config = parts_.config.Current()->FindProvider(name);
  if (config != nullptr && view.grant.client_id != config->client_id) {
    view.freeze = GrantView::Freeze::kClientChanged;
  } else if (config == nullptr || parts_.gates.For(name).IsFrozen(*config)) {
    view.freeze = GrantView::Freeze::kProvider;
  }
  return view;
}

Task<absl::StatusOr<GrantAdmin::Found>> GrantAdmin::Find(GrantKey key) {
  LoadAnswer answer = co_await parts_.grants.Load(key);
  switch (answer.outcome) {
    case LoadAnswer::Outcome::kFound:
      co_return Found{*std::move(answer.grant), answer.time};
    case LoadAnswer::Outcome::kNotFound:
      break;
    case LoadAnswer::Outcome::kNoStore:
    case LoadAnswer::Outcome::kUnavailable:
      co_return StoreUnavailable(key.provider);
  }
  co_return GrantNotFound(key.view());
}

Task<absl::StatusOr<GrantView>> GrantAdmin::GetGrant(GrantKey key) {
  TB_CO_ASSIGN_OR_RETURN(Found found, co_await Find(std::move(key)));
  co_return ViewOf(std::move(found.grant));
}

Task<absl::StatusOr<GrantPage>> GrantAdmin::ListGrants(ListGrantsQuery query) {
  const GrantFilter filter = StoreFilter(query);
  const auto most = static_cast<size_t>(query.page_size);
  // Of many grants few may be covered: they are not asked for one by one.
  const int step = query.covered ? std::max(query.page_size, kScanPage) : query.page_size;
  GrantPage page;
  std::string from = query.page;
  // Where the last one on the page stands: the so many'th after that token.
  std::string last_from;
  int last_place = 0;
  for (;;) {
    if (parts_.Now() >= query.deadline) co_return DeadlineExceeded();
    ListAnswer answer = co_await parts_.grants.List(filter, step, from);
    if (answer.outcome == ListAnswer::Outcome::kBadPage) {
      co_return FieldInvalid("page_token", "was not given by ListGrants; begin without one");
    }
    if (answer.outcome != ListAnswer::Outcome::kOk) co_return StoreUnavailable(query.provider);
    for (size_t i = 0; i < answer.grants.size(); ++i) {
      if (query.covered && !query.covered(answer.grants[i])) continue;
      GrantView view = ViewOf(std::move(answer.grants[i]));
      if (!IsListed(view, query.state)) continue;
      if (page.grants.size() == most) {
        co_return co_await EndPageAt(std::move(page), filter, last_place, std::move(last_from));
      }
      page.grants.push_back(std::move(view));
      last_from = from;
      last_place = static_cast<int>(i) + 1;
    }
    const bool whole = page.grants.size() == most && last_place == query.page_size;
    from = std::move(answer.next_page);
    if (from.empty()) co_return page;
    if (whole && !query.covered) {
      page.next_page = std::move(from);
      co_return page;
    }
  }
}

// There is more. A token names the grant that it goes on from, so it is that of the last one that
// is shown: of no other grant does the page tell whether it exists.
Task<absl::StatusOr<GrantPage>> GrantAdmin::EndPageAt(GrantPage page, GrantFilter filter, int place,
                                                      std::string from) {
  ListAnswer answer = co_await parts_.grants.List(filter, place, from);
  if (answer.outcome != ListAnswer::Outcome::kOk) co_return StoreUnavailable(filter.provider);
  page.next_page = std::move(answer.next_page);
  co_return page;
}

Task<absl::StatusOr<GrantView>> GrantAdmin::RefreshGrant(GrantKey key, SteadyTime deadline) {
  TB_CO_ASSIGN_OR_RETURN(Found found, co_await Find(key));
  const Grant& grant = found.grant;
  if (!grant.refreshable()) {
    const bool revoked = grant.state == GrantState::kRevoked;
    co_return ReauthorizationRequired(
        key.provider, revoked ? StateReason::kRevoked : StateReason::kNoRefreshToken,
        grant.generation);
  }
  const bool dead = grant.state == GrantState::kReauthorizationRequired;
  const absl::Duration age = found.time.store_time - grant.issued_at;
  const bool unproved = grant.access_token.empty();
  if (!dead && !unproved && age < MinRefreshInterval(grant.life())) {
    co_return ViewOf(std::move(found.grant));
  }
  RefreshOrder order;
  order.key = key;
  order.known_generation = grant.generation;
  order.demand = Demand::kCaller;
  order.trigger = RefreshTrigger::kAdministrator;
  order.retry_dead = dead;
  co_return co_await RefreshNow(std::move(key), std::move(order), deadline);
}

Task<absl::StatusOr<GrantView>> GrantAdmin::RefreshNow(GrantKey key, RefreshOrder order,
                                                       SteadyTime deadline) {
  const absl::optional<RefreshResult> result = co_await broker_.Refresh(std::move(order), deadline);
  if (!result) co_return DeadlineExceeded();
  if (!result->status.ok()) co_return result->status;
  co_return co_await GetGrant(std::move(key));
}

Task<absl::StatusOr<PutGrantAnswer>> GrantAdmin::Put(PutGrantRequest request) {
  const auto pending = std::make_shared<PendingPut>();
  pending->request = std::move(request);
  pending->request.attempt = RandomBytes(kAttemptBytes);
  pending->not_after = parts_.Now() + kFlightPatience;
  co_return co_await PutUntil(pending, pending->not_after);
}

Task<absl::StatusOr<PutGrantAnswer>> GrantAdmin::PutUntil(std::shared_ptr<PendingPut> pending,
                                                          SteadyTime give_up) {
  using Outcome = PutGrantAnswer::Outcome;
  const InFlight::Ticket ticket(in_flight_);
  PutGrantRequest& request = pending->request;
  const std::string provider = request.record.key.provider;
  while (parts_.Now() < give_up) {
    // A late copy must not end what came since.
    request.not_after = std::min(pending->not_after, parts_.Now() + kPutPatience);
    PutGrantAnswer answer = co_await parts_.grants.PutGrant(request);
    if (answer.replaced) pending->replaced = std::move(answer.replaced);
    switch (answer.outcome) {
      case Outcome::kStored:
      case Outcome::kAlready:
        answer.replaced = std::move(pending->replaced);
        co_return answer;
      case Outcome::kRenumber:
        request.generation =
            std::max(answer.generation + 1, absl::ToUnixMillis(answer.time.store_time));
        break;
      case Outcome::kLost:
      case Outcome::kNoStore:
        co_return StoreUnavailable(provider);
      case Outcome::kExpired:
        if (parts_.Now() >= pending->not_after) co_return StoreUnavailable(provider);
        [[fallthrough]];
      case Outcome::kSettling:
      case Outcome::kUnavailable:
        co_await parts_.loop.Sleep(kRetryPause);
    }
  }
  co_return StoreUnavailable(provider);
}

Task<absl::StatusOr<GrantAdmin::Buried>> GrantAdmin::Revoke(Found found) {
  const auto pending = std::make_shared<PendingPut>();
  pending->request.kind = PutKind::kRevoke;
  pending->request.record.key = found.grant.key;
  pending->request.attempt = RandomBytes(kAttemptBytes);
  pending->not_after = parts_.Now() + kFlightPatience;
  absl::StatusOr<PutGrantAnswer> answer = co_await PutUntil(pending, pending->not_after);
  if (!answer.ok()) {
    parts_.loop.Spawn(RevokeLate(pending, std::move(found.grant)));
    co_return answer.status();
  }
  co_return Bury(found.grant, *answer);
}

Task<void> GrantAdmin::RevokeLate(std::shared_ptr<PendingPut> pending, Grant found) {
  const auto answer = co_await PutUntil(pending, SteadyTime::InfiniteFuture());
  if (answer.ok()) Bury(found, *answer);
}

GrantAdmin::Buried GrantAdmin::Bury(const Grant& found, const PutGrantAnswer& answer) {
  RememberEnd(&parts_, found.key, answer.generation, GrantState::kRevoked);
  Log(LogLevel::kInfo, "grant_revoked",
      {{"provider", found.key.provider}, {"generation", answer.generation}});
  Buried buried;
  buried.tombstone = found;
  buried.tombstone.generation = answer.generation;
  buried.tombstone.state = GrantState::kRevoked;
  buried.tombstone.state_reason = StateReason::kRevoked;
  buried.tombstone.access_token = buried.tombstone.refresh_token = Secret();
  buried.tombstone.refresh_at.reset();
  parts_.recent_commits.Add(buried.tombstone, RandomBytes(kAttemptBytes), parts_.Now());
  // A refresh may have been stored after we looked: what was replaced is what lives there.
  Grant over = answer.replaced ? *answer.replaced : found;
  buried.revocation = RevokeAtProvider(&parts_, &in_flight_, std::move(over));
  return buried;
}

Task<absl::StatusOr<RevokedGrant>> GrantAdmin::RevokeGrant(GrantKey key, SteadyTime deadline) {
  TB_CO_ASSIGN_OR_RETURN(Found found, co_await Find(std::move(key)));
  if (found.grant.state == GrantState::kRevoked) {
    co_return RevokedGrant{ViewOf(std::move(found.grant)), false};
  }
  TB_CO_ASSIGN_OR_RETURN(Buried buried, co_await Revoke(std::move(found)));
  const std::shared_ptr<ProviderRevocation> revocation = buried.revocation;
  co_await revocation->attempted.WaitUntil(deadline);
  co_return RevokedGrant{ViewOf(std::move(buried.tombstone)), revocation->confirmed};
}

Task<absl::StatusOr<RevokedCount>> GrantAdmin::RevokeGrants(RevokeGrantsQuery query) {
  GrantFilter filter;
  filter.tenant = query.tenant;
  filter.provider = query.provider;
  filter.subject = query.subject;
  constexpr int kPage = 100;
  RevokedCount count;
  std::string page;
  do {
    ListAnswer listed = co_await parts_.grants.List(filter, kPage, page);
    if (listed.outcome != ListAnswer::Outcome::kOk) co_return StoreUnavailable(query.provider);
    for (Grant& grant : listed.grants) {
      if (grant.state == GrantState::kRevoked) continue;
      if (query.covered && !query.covered(grant)) continue;
      if (!query.account_id.empty() && grant.account.id != query.account_id) continue;
      ++count.matched;
      if (query.dry_run) continue;
      Found found{std::move(grant), listed.time};
      const absl::StatusOr<Buried> buried = co_await Revoke(std::move(found));
      if (!buried.ok()) co_return buried.status();
      ++count.revoked;
    }
    page = std::move(listed.next_page);
  } while (!page.empty());
  co_return count;
}

Task<absl::Status> GrantAdmin::DeleteGrant(GrantKey key) {
  const absl::StatusOr<Found> found = co_await Find(key);
  if (!found.ok()) co_return found.status();
  PutGrantRequest put;
  put.kind = PutKind::kDelete;
  put.record.key = key;
  const absl::StatusOr<PutGrantAnswer> answer = co_await Put(std::move(put));
  if (!answer.ok()) co_return answer.status();
  RememberEnd(&parts_, key, answer->generation, GrantState::kDeleted);
  Grant tombstone;
  tombstone.key = key;
  tombstone.generation = answer->generation;
  tombstone.state = GrantState::kDeleted;
  parts_.recent_commits.Add(std::move(tombstone), RandomBytes(kAttemptBytes), parts_.Now());
  Log(LogLevel::kInfo, "grant_deleted",
      {{"provider", key.provider}, {"generation", answer->generation}});
  co_return absl::OkStatus();
}

Task<absl::StatusOr<GrantView>> GrantAdmin::ImportGrant(ImportGrantQuery query,
                                                        SteadyTime deadline) {
  const std::shared_ptr<const ProviderConfig> config =
      parts_.config.Current()->FindProvider(query.key.provider);
  if (config == nullptr) co_return ProviderUnknown(query.key.provider);
  LoadAnswer present = co_await parts_.grants.Load(query.key);
  const bool store_answers = present.outcome == LoadAnswer::Outcome::kFound ||
                             present.outcome == LoadAnswer::Outcome::kNotFound;
  if (!store_answers) co_return StoreUnavailable(query.key.provider);
  const bool of_another = present.grant && present.grant->owner != query.caller;
  if (query.replaces_own_only && of_another) co_return CallerNotAllowed();

  const absl::Time now = present.time.store_time;
  if (query.authorize_time && *query.authorize_time > now + kClockSkew) {
    co_return FieldInvalid("authorize_time", "lies in the future; leave it out for now");
  }
  PutGrantRequest put;
  put.kind = PutKind::kImport;
  put.generation = std::max(absl::ToUnixMillis(now), present.grant ? present.grant->generation : 0);
  Grant& grant = put.record;
  grant.key = query.key;
  grant.refresh_token = std::move(query.refresh_token);
  grant.client_id = config->client_id;
  grant.scopes = std::move(query.scopes);
  grant.owner = std::move(query.caller);
  grant.authorized_at = query.authorize_time.value_or(now);
  grant.last_used_at = now;
  // No access token yet: what is stored has expired, and its refresh is due.
  grant.issued_at = now;
  grant.expires_at = now;
  grant.refresh_at = now;
  if (config->refresh.refresh_token_lifetime) {
    grant.reauthorize_at = grant.authorized_at + *config->refresh.refresh_token_lifetime;
  }
  TB_CO_ASSIGN_OR_RETURN(const PutGrantAnswer stored, co_await Put(std::move(put)));
  Log(LogLevel::kInfo, "grant_imported",
      {{"provider", query.key.provider}, {"generation", stored.generation}});
  RefreshOrder order;
  order.key = query.key;
  order.known_generation = stored.generation;
  order.demand = Demand::kCaller;
  order.trigger = RefreshTrigger::kAdministrator;
  co_return co_await RefreshNow(std::move(query.key), std::move(order), deadline);
}

Task<absl::StatusOr<std::vector<KeyUsage>>> GrantAdmin::GetKeyUsage() {
  KeyUsageAnswer answer = co_await parts_.grants.CountKeyUsage();
  if (answer.outcome != KeyUsageAnswer::Outcome::kOk) co_return StoreUnavailable("");
  co_return std::move(answer.keys);
}

}  // namespace tokenbroker

#include "broker/refresher.h"

#include <algorithm>
#include <vector>

#include "broker/failure_report.h"
#include "crypto/random.h"
#include "token/freshness_policy.h"

namespace tokenbroker {
namespace {

constexpr absl::Duration kTick = absl::Seconds(1);
// While there is a backlog the limits of the provider set the pace, not the tick: whether enough
// may be sent to be worth a claim is looked at so often, and what may be sent is claimed after so
// long, however little.
constexpr absl::Duration kBacklogTick = absl::Milliseconds(5);
constexpr absl::Duration kLongestWait = absl::Milliseconds(25);
// How often the provider's state is exchanged: less than a tick, so that each idle one does it.
constexpr absl::Duration kSharing = absl::Milliseconds(500);
constexpr absl::Duration kUsesInterval = absl::Seconds(10);
constexpr int kMaxClaim = 256;

// When an idle grant must be refreshed to stay alive; InfiniteFuture when its provider sets no
// idle limit.
absl::Time KeepAliveAt(const DueGrant& due, const RefreshConfig& config) {
  if (!config.idle_lifetime) return absl::InfiniteFuture();
  const absl::Time last =
      std::max(due.authorized_at, due.last_refresh_at.value_or(absl::InfinitePast()));
  return last + KeepAliveInterval(*config.idle_lifetime);
}

// How far a claim pushes the grants ahead. A replica that dies with a claimed one may have
// presented its token, and a provider with a grace period takes that again only so long: who claims
// next must come as soon as the lease has ended.
absl::Duration PushOf(const RefreshConfig& config) {
  return config.rotation == Rotation::kGrace ? kLease + absl::Seconds(1) : kClaimPush;
}

}  // namespace

Refresher::Refresher(BrokerParts& parts, TokenBroker& broker)
    : parts_(parts),
      broker_(broker),
      skew_(parts.metrics.Gauge(
          "tokenbroker_store_clock_skew_seconds",
          "How far the store's clock is ahead of this machine's, in seconds.")) {}

void Refresher::Stop() {
  stopped_ = true;
  broker_.StopRefreshingAhead();
}

void Refresher::Start() {
  parts_.loop.Spawn(Run());
  parts_.loop.Spawn(RunUses());
}

Task<void> Refresher::Run() {
  while (!stopped_) {
    std::vector<std::string> names;
    const std::shared_ptr<const Snapshot> snapshot = parts_.config.Current();
    for (const auto& [name, config] : snapshot->providers) names.push_back(name);
    parts_.gates.ShowOnly(*snapshot);
    SteadyTime next_tick = parts_.Now() + kTick;
    for (const std::string& name : names) {
      Pace& pace = paces_[name];
      if (pace.next_tick <= parts_.Now()) {
        const Backlog left = co_await Tick(name);
        const absl::Duration tick = left == Backlog::kSome ? kBacklogTick : kTick;
        paces_[name].next_tick = parts_.Now() + parts_.jitter.Around(tick, 0.2);
      }
      next_tick = std::min(next_tick, paces_[name].next_tick);
    }
    co_await parts_.loop.SleepUntil(next_tick);
  }
}

Task<void> Refresher::RunUses() {
  while (!stopped_) {
    co_await parts_.loop.Sleep(kUsesInterval);
    co_await broker_.FlushUses();
  }
}

Task<Refresher::Backlog> Refresher::Tick(std::string provider) {
  const std::shared_ptr<const ProviderConfig> config =
      parts_.config.Current()->FindProvider(provider);
  if (config == nullptr) co_return Backlog::kNone;
  Pace& pace = paces_[provider];
  if (pace.next_sharing <= parts_.Now()) {
    pace.next_sharing = parts_.Now() + kSharing;
    co_await ShareProviderState(config);
  }
  ProviderGate& gate = parts_.gates.For(provider);
  if (stopped_) co_return Backlog::kNone;
  // Nor may anything be begun whose answer could not be kept: it is left to the other replicas.
  const bool may_keep = config->refresh.rotation == Rotation::kNone || parts_.spill.Writable();
  if (!gate.MayCall(*config) || !may_keep) {
    co_await LookAtBacklog(std::move(provider));
    co_return Backlog::kNone;
  }
  // No more than can be sent before the claim runs out; and one grant as a probe.
  gate.SetReplicas(parts_.grants.LiveReplicas());
  const absl::Duration push = PushOf(config->refresh);
  const int sendable = std::min(gate.FreeSlots(*config, push / 2), kMaxClaim);
  const bool probing = gate.Probing(*config);
  const int limit = probing ? std::min(sendable, 1) : sendable;
  if (limit == 0) {
    co_await LookAtBacklog(std::move(provider));
    co_return Backlog::kSome;
  }
  // A claim of few costs as much as one of many.
  const bool few = limit < std::min(gate.slots(), kMaxClaim) / 4;
  if (few && parts_.Now() < pace.claim_by) co_return Backlog::kSome;
  pace.claim_by = parts_.Now() + kLongestWait;
  ClaimAnswer claim = co_await parts_.grants.ClaimDue(provider, limit, push);
  Show(claim, gate);
  bool refreshes = false;
  for (DueGrant& due : claim.due) {
    const Course course = Consider(std::move(due), claim.time);
    refreshes = refreshes || course == Course::kRefresh;
  }
  const bool more = static_cast<int>(claim.due.size()) == limit;
  // Refreshes that were begun and are not on their way wait for something else than the provider's
  // limits, or have failed: claiming on at once would only keep them from the other replicas.
  const bool stuck = refreshes && gate.in_flight() == 0;
  if (!more || stuck || probing) co_return Backlog::kNone;
  co_return Backlog::kSome;
}

// While nothing may be claimed a backlog grows, and is looked at no more often than without one.
Task<void> Refresher::LookAtBacklog(std::string provider) {
  SteadyTime& next = paces_[provider].next_look;
  if (parts_.Now() < next) co_return;
  next = parts_.Now() + kTick;
  const ClaimAnswer look = co_await parts_.grants.ClaimDue(provider, 0, kClaimPush);
  Show(look, parts_.gates.For(provider));
}

void Refresher::Show(const ClaimAnswer& claim, ProviderGate& gate) {
  if (claim.outcome == ClaimAnswer::Outcome::kOk) gate.meters().ShowBacklog(claim.backlog);
}

Task<void> Refresher::ShareProviderState(std::shared_ptr<const ProviderConfig> config) {
  const std::string& provider = config->name;
  ProviderGate& gate = parts_.gates.For(provider);
  const ProviderStateAnswer read = co_await parts_.grants.GetProviderState(provider);
  if (read.outcome != ProviderStateAnswer::Outcome::kOk) co_return;
  broker_.NoteStoreAnswer();
  parts_.store_time = read.time;
  skew_.Set(absl::ToDoubleSeconds(parts_.StoreNow() - parts_.loop.clock().TimeNow()));
  gate.Adopt(*config, read.state, read.time);
  if (!gate.TakeChanged()) co_return;
  ProviderChange change = gate.TakenChange(read.time);
  const ProviderStateAnswer set =
      co_await parts_.grants.SetProviderState(provider, std::move(change));
  if (set.outcome != ProviderStateAnswer::Outcome::kOk) gate.PutChangedBack();
}

Refresher::Course Refresher::Consider(DueGrant due, const StoreTimeMark& time) {
  const std::shared_ptr<const ProviderConfig> config =
      parts_.config.Current()->FindProvider(due.key.provider);
  if (config == nullptr) return Course::kNothing;
  const bool idle = time.store_time - due.last_used_at > config->refresh.active_window;
  const absl::Time keep_alive = KeepAliveAt(due, config->refresh);
  if (idle && keep_alive > time.store_time) {
    InFlight::Ticket ticket(parts_.in_flight);
    parts_.loop.Spawn(PutOff(std::move(due), keep_alive, std::move(ticket)));
    return Course::kNothing;
  }
  int64_t known = due.generation;
  const std::shared_ptr<const CachedToken> cached = parts_.cache.Peek(due.key.view());
  if (cached != nullptr && cached->generation > known) {
    // Refreshed since it was claimed; or the store went back, and has less than we know.
    if (cached->verified >= time.steady) return Course::kNothing;
    known = cached->generation;
  }
  broker_.RefreshInBackground(due.key, known);
  return Course::kRefresh;
}

Task<void> Refresher::PutOff(DueGrant due, absl::Time until,
                             [[maybe_unused]] InFlight::Ticket ticket) {
  if (parts_.held.contains(due.key)) co_return;
  BeginRefreshRequest begin;
  begin.key = due.key;
  begin.known_generation = due.generation;
  begin.attempt = RandomBytes(16);
  begin.not_after = parts_.Now() + kLeaseRenewal;
  const Attempt attempt = begin.attempt;
  const SteadyTime not_after = begin.not_after;
  BeginRefreshAnswer answer = co_await parts_.grants.BeginRefresh(std::move(begin));
  if (answer.outcome == BeginRefreshAnswer::Outcome::kUnavailable) {
    TakeBack(&parts_, due.key, attempt, not_after);
  }
  const bool orphan = answer.outcome == BeginRefreshAnswer::Outcome::kUnknown;
  if (orphan) parts_.gates.For(due.key.provider).meters().OrphanFound(answer.unknown_attempt);
  if (answer.outcome != BeginRefreshAnswer::Outcome::kGo && !orphan) co_return;
  FailRequest fail;
  fail.key = due.key;
  // What became of an orphan's answer stays unknown; only the due entry waits.
  fail.attempt = orphan ? answer.unknown_attempt : attempt;
  fail.outcome = orphan ? Delivery::kLostAnswer : Delivery::kNotSent;
  fail.parent = answer.grant->refresh_token_generation;
  fail.until = until;
  co_await ReportFailure(&parts_, std::move(fail));
}

}  // namespace tokenbroker

#include "tests/simulation/world.h"

#include <absl/strings/str_cat.h>

#include <utility>

#include "crypto/random.h"
#include "tests/simulation/names.h"

namespace tokenbroker::simulation {
namespace {

using Kind = Happening::Kind;

// A command that got lost may be executed so much later.
constexpr absl::Duration kLateCommands = absl::Seconds(21);
constexpr absl::Duration kLastPatience = absl::Seconds(45);

}  // namespace

World::World(const Plan& plan, Metrics& metrics)
    : plan_(plan),
      scheduler_(plan.seed),
      network_(scheduler_, plan.seed),
      server_(scheduler_, history_),
      provider_(scheduler_, history_, plan_),
      dice_(plan.seed, "world"),
      metrics_(metrics) {
  history_.rotation = plan.rotation;
  history_.grace = plan.grace;
  history_.durable = plan.durable;
  history_.token_life = plan.token_life;
  history_.last_successor_only = plan.last_successor_only;
  history_.grants = kGrants;
  history_.start = scheduler_.Now();
  network_.TellOfMishaps([this](const Happening& mishap) {
    const bool late = mishap.kind == Kind::kLateCall || mishap.kind == Kind::kLateAnswer;
    const absl::Duration length = late ? mishap.length : absl::Seconds(1);
    Note(Trouble::Kind::kOneCall, mishap.replica, length, absl::ZeroDuration());
    if (mishap.call == "begin") {
      Note(Trouble::Kind::kOneBegin, mishap.replica, length, absl::ZeroDuration());
    }
  });
}

Outcome World::Play() {
  Start();
  for (const Happening& event : plan_.events) {
    scheduler_.At(history_.start + event.at, [this, event] { Happen(event); });
  }
  scheduler_.RunUntil(history_.start + plan_.troubled);
  Mend();
  scheduler_.RunUntil(scheduler_.Now() + plan_.calm);
  AskAll();
  scheduler_.RunUntil(scheduler_.Now() + kLastPatience + absl::Seconds(1));
  NoteEndings();
  history_.end = scheduler_.Now();
  Outcome outcome;
  outcome.violations = Check(history_);
  outcome.steps = scheduler_.steps();
  outcome.choices = scheduler_.choices();
  outcome.path = scheduler_.path();
  for (auto& replica : replicas_) replica.reset();
  outcome.history = std::move(history_);
  return outcome;
}

void World::Start() {
  for (int g = 0; g < (plan_.second_grant_is_new ? 1 : kGrants); ++g) {
    PutGrantRequest put;
    put.attempt = absl::StrCat("first-", g);
    put.generation = absl::ToUnixMillis(scheduler_.clock().TimeNow());
    put.not_after = SteadyTime::InfiniteFuture();
    Grant& grant = put.record;
    grant.key = KeyOf(g);
    grant.access_token = Secret(absl::StrCat("at-", g));
    grant.token_type = "Bearer";
    grant.refresh_token = Secret(absl::StrCat("rt-", provider_.Authorize(g, scheduler_.Now())));
    grant.client_id = "client-1";
    grant.account = {"music", absl::StrCat("account-", g)};
    grant.scopes = {"read"};
    grant.owner = "web";
    grant.issued_at = grant.authorized_at = grant.created_at = grant.last_used_at =
        scheduler_.clock().TimeNow();
    grant.expires_at = grant.issued_at + plan_.token_life;
    grant.refresh_at = grant.issued_at + plan_.token_life * 0.8;
    server_.PutGrant(Process{-1, 0}, put);
  }
  for (int r = 0; r < kReplicas; ++r) {
    server_.Listen(r, [this, r](const Change& change) { network_.Publish(r, change); });
    Restart(r);
  }
}

void World::Note(Trouble::Kind kind, int replica, absl::Duration length, absl::Duration aftermath) {
  Trouble trouble;
  trouble.kind = kind;
  trouble.replica = replica;
  trouble.from = scheduler_.Now();
  trouble.to = trouble.from + length + aftermath;
  history_.troubles.push_back(trouble);
}

void World::Happen(const Happening& event) {
  Replica* replica = replicas_[event.replica].get();
  switch (event.kind) {
    case Kind::kAsk:
      if (replica != nullptr) replica->Ask(event.grant, event.length, 0, false);
      break;
    case Kind::kComplain: {
      int64_t last = 0;
      for (const Answer& a : history_.answers) {
        if (a.grant == event.grant && a.token_grant) last = a.generation;
      }
      if (replica != nullptr) replica->Ask(event.grant, event.length, last, false);
      break;
    }
    case Kind::kLogin:
    case Kind::kLoginInheriting:
      LogIn(event);
      break;
    case Kind::kRevoke:
      if (replica != nullptr) replica->Revoke(event.grant);
      break;
    case Kind::kDelete:
      if (replica != nullptr) replica->Delete(event.grant);
      break;
    case Kind::kUserEnds:
      provider_.EndByUser(event.grant);
      break;
    case Kind::kCrash:
      Crash(event);
      break;
    case Kind::kPause:
      Pause(event);
      break;
    case Kind::kStoreFlaky:
      Note(Trouble::Kind::kStore, event.replica, event.length, kLateCommands);
      network_.MakeFlaky(event.replica, event.length);
      break;
    case Kind::kStoreAway:
      Note(Trouble::Kind::kStore, event.replica, event.length, absl::Seconds(5));
      network_.TakeStoreAway(event.replica, event.length);
      network_.CutFeed(event.replica, event.length);
      break;
    case Kind::kFailover:
      FailOver(event);
      break;
    case Kind::kCut:
      Note(Trouble::Kind::kCut, event.replica, event.length, absl::Seconds(5));
      network_.CutFeed(event.replica, event.length);
      break;
    case Kind::kProviderFlaky:
      Note(Trouble::Kind::kProvider, -1, event.length, absl::ZeroDuration());
      provider_.MakeFlaky(event.length);
      break;
    case Kind::kProviderDown:
      Note(Trouble::Kind::kProvider, -1, event.length, absl::ZeroDuration());
      provider_.TakeDown(event.length);
      break;
    case Kind::kDiskFull:
      Note(Trouble::Kind::kDisk, event.replica, event.length, absl::ZeroDuration());
      disks_[event.replica].full = scheduler_.Now() + event.length;
      break;
    case Kind::kLoseCall:
    case Kind::kLoseAnswer:
    case Kind::kLateCall:
    case Kind::kLateAnswer:
    case Kind::kBusyAnswer:
    case Kind::kKeepToken:
      network_.Arrange(event);
      break;
    case Kind::kClockBack:
      Note(Trouble::Kind::kClock, -1, absl::ZeroDuration(), absl::ZeroDuration());
      server_.SetClockBack(event.length);
      break;
    case Kind::kSlowDisk:
      disks_[event.replica].reading = event.length;
      break;
  }
}

void World::Crash(const Happening& event) {
  if (replicas_[event.replica] == nullptr) return;
  Note(Trouble::Kind::kCrash, event.replica, event.length, absl::Seconds(1));
  replicas_[event.replica].reset();
  if (event.disk_lost) {
    disks_[event.replica].writes.clear();
    for (Kept& kept : history_.kept) {
      if (kept.by.replica == event.replica && kept.lost == kNever) kept.lost = scheduler_.Now();
    }
  }
  scheduler_.After(event.length, [this, r = event.replica] { Restart(r); });
}

void World::Restart(int replica) {
  if (replicas_[replica] != nullptr) return;
  const Surroundings around{scheduler_, network_, server_, provider_, history_, plan_, metrics_};
  replicas_[replica] = std::make_unique<Replica>(around, disks_[replica],
                                                 Process{replica, incarnations_[replica]++});
}

void World::Pause(const Happening& event) {
  if (replicas_[event.replica] == nullptr) return;
  Note(Trouble::Kind::kPause, event.replica, event.length, absl::Seconds(1));
  replicas_[event.replica]->actor().StandStill(scheduler_.Now() + event.length);
}

// The server's replicas lag for a while, then it is lost, and they take over.
void World::FailOver(const Happening& event) {
  const absl::Duration by_chance = dice_.Between(absl::Milliseconds(100), absl::Seconds(3));
  const absl::Duration away = event.away.value_or(by_chance);
  const bool recovers = dice_.Chance(0.2) && !event.away;
  Note(Trouble::Kind::kFailover, -1, event.length + away, kLease + absl::Seconds(2));
  server_.BeginLag();
  scheduler_.After(event.length, [this, away, recovers] {
    if (recovers) {
      server_.CatchUp();
      return;
    }
    server_.Crash();
    for (int r = 0; r < kReplicas; ++r) network_.CutFeed(r, away);
    scheduler_.After(away, [this] {
      server_.Recover();
      for (int r = 0; r < kReplicas; ++r) network_.TellOfAnotherServer(r);
    });
  });
}

void World::LogIn(const Happening& event) {
  Replica* replica = replicas_[event.replica].get();
  if (replica == nullptr) return;
  const auto gives = event.kind == Kind::kLogin ? Provider::Gives::kRefreshToken
                                                : Provider::Gives::kAccessTokenOnly;
  replica->BeginLogin(event.grant, [this, gives, event](std::string state) {
    // The user takes a while, and the callback may come to any replica, or to two.
    const std::string code = provider_.MakeCode(event.grant, gives);
    const uint64_t callbacks = 1 + dice_.Below(2);
    for (uint64_t i = 0; i < callbacks; ++i) {
      const int r = static_cast<int>(dice_.Below(kReplicas));
      scheduler_.After(dice_.Between(absl::ZeroDuration(), absl::Seconds(3)),
                       [this, r, state, code] {
                         if (replicas_[r] != nullptr) replicas_[r]->EndLogin(state, code);
                       });
    }
  });
}

void World::Mend() {
  network_.Mend();
  provider_.Mend();
  server_.CatchUp();
  for (int r = 0; r < kReplicas; ++r) {
    disks_[r].full = SteadyTime::InfinitePast();
    disks_[r].reading = absl::Milliseconds(5);
    Restart(r);
    replicas_[r]->actor().StandStill(scheduler_.Now());
  }
}

void World::AskAll() {
  for (auto& replica : replicas_) {
    for (int g = 0; g < kGrants; ++g) replica->Ask(g, kLastPatience, 0, true);
  }
}

void World::NoteEndings() {
  for (int g = 0; g < kGrants; ++g) {
    const LoadAnswer loaded = server_.Load(Process{-1, 0}, KeyOf(g));
    Ending ending;
    if (loaded.grant) {
      ending.token = NumberIn(loaded.grant->refresh_token);
      switch (loaded.grant->state) {
        case GrantState::kActive:
          ending.state = ending.token < 0 ? Ending::State::kDead : Ending::State::kActive;
          break;
        case GrantState::kReauthorizationRequired:
          ending.state = Ending::State::kDead;
          break;
        default:
          ending.state = Ending::State::kRevoked;
      }
    }
    history_.endings.push_back(ending);
  }
}

Outcome Play(const Plan& plan) {
  static Metrics metrics;
  World world(plan, metrics);
  return world.Play();
}

}  // namespace tokenbroker::simulation

#include "tests/simulation/plan.h"

#include <algorithm>

#include "tests/simulation/dice.h"

namespace tokenbroker::simulation {
namespace {

using Kind = Happening::Kind;

class Planner {
 public:
  explicit Planner(uint64_t seed) : dice_(seed, "plan"), second_(seed, "a login is lost") {
    plan_.seed = seed;
  }

  Plan Make() {
    const uint64_t manners = dice_.Below(10);
    if (manners >= 6) plan_.rotation = manners >= 8 ? Rotation::kNone : Rotation::kGrace;
    plan_.reuse_ends_family = dice_.Chance(0.7);
    plan_.token_life = dice_.Between(absl::Seconds(15), absl::Seconds(90));
    plan_.durable = dice_.Chance(0.6);
    plan_.refresher = dice_.Chance(0.3);
    AddTroubles();
    AddPeople();
    if (second_.Chance(0.12)) AddLostLogin();
    std::sort(plan_.events.begin(), plan_.events.end(),
              [](const Happening& a, const Happening& b) { return a.at < b.at; });
    return std::move(plan_);
  }

 private:
  // Most runs are about a few kinds of trouble: too many explain each other's losses.
  void AddTroubles() {
    if (dice_.Chance(0.05)) return;
    const Kind troubles[] = {Kind::kCrash,        Kind::kPause,         Kind::kPause,
                             Kind::kStoreFlaky,   Kind::kStoreAway,     Kind::kFailover,
                             Kind::kCut,          Kind::kProviderFlaky, Kind::kProviderFlaky,
                             Kind::kProviderDown, Kind::kDiskFull};
    if (dice_.Chance(0.4)) AddTheme();
    const uint64_t kinds = dice_.Below(3);
    for (uint64_t k = 0; k < kinds; ++k) {
      const Kind kind = troubles[dice_.Below(std::size(troubles))];
      const uint64_t times = 1 + dice_.Below(3);
      for (uint64_t i = 0; i < times; ++i) Add(kind);
    }
  }

  // Much of one kind, for rules that matter only when two such things meet.
  void AddTheme() {
    const Kind themes[] = {Kind::kFailover, Kind::kFailover, Kind::kStoreFlaky,
                           Kind::kPause,    Kind::kCrash,    Kind::kLogin};
    const Kind theme = themes[dice_.Below(std::size(themes))];
    if (theme == Kind::kFailover && dice_.Chance(0.6)) plan_.durable = false;
    const uint64_t times = 3 + dice_.Below(4);
    for (uint64_t i = 0; i < times; ++i) {
      const bool inherits = theme == Kind::kLogin && dice_.Chance(0.5);
      Add(inherits ? Kind::kLoginInheriting : theme);
      if (theme == Kind::kLogin) Provoke(plan_.events.back());
      if (theme == Kind::kCrash && dice_.Chance(0.5)) AddCrashWithAnswerInHand();
      const bool mixed = theme == Kind::kFailover && dice_.Chance(0.4);
      if (!mixed) continue;
      // Whoever refreshes stands still meanwhile, or the connection is bad.
      const absl::Duration at = plan_.events.back().at;
      Add(dice_.Chance(0.6) ? Kind::kPause : Kind::kStoreFlaky);
      plan_.events.back().at = at;
    }
  }

  // The store goes away while a refresh is under way, and then the process.
  void AddCrashWithAnswerInHand() {
    const Happening crash = plan_.events.back();
    Add(Kind::kStoreAway);
    Happening& away = plan_.events.back();
    away.replica = crash.replica;
    away.at = crash.at - dice_.Between(absl::Milliseconds(200), absl::Seconds(4));
    Happening demand = away;
    demand.kind = Kind::kComplain;
    demand.grant = crash.grant;
    demand.at = away.at - dice_.Between(absl::Milliseconds(10), absl::Milliseconds(100));
    plan_.events.push_back(demand);
  }

  // A login ends while the store's replicas lag, and a refresh that was begun before is answered
  // when they have taken over. By dice of its own: what else the seed says is as it was.
  void AddLostLogin() {
    if (second_.Chance(0.8)) plan_.durable = false;
    Happening event;
    event.at = second_.Between(absl::Seconds(5), plan_.troubled - absl::Seconds(30));
    event.grant = second_.Chance(0.75) ? 0 : 1;
    const auto add = [&](Kind kind, absl::Duration earliest, absl::Duration latest,
                         absl::Duration length) {
      Happening next = event;
      next.kind = kind;
      next.at += second_.Between(earliest, latest);
      next.length = length;
      plan_.events.push_back(next);
    };
    event.replica = static_cast<int>(second_.Below(kReplicas));
    const uint64_t logins = 1 + second_.Below(2);
    for (uint64_t i = 0; i < logins; ++i) {
      const bool inherits = second_.Chance(0.6);
      add(inherits ? Kind::kLoginInheriting : Kind::kLogin, -absl::Seconds(2), absl::Seconds(2),
          absl::ZeroDuration());
    }
    add(Kind::kFailover, absl::ZeroDuration(), absl::Milliseconds(100),
        second_.Between(absl::Milliseconds(500), absl::Seconds(4)));
    event.replica = static_cast<int>(second_.Below(kReplicas));
    add(Kind::kComplain, -absl::Milliseconds(100), absl::Milliseconds(50), absl::Seconds(10));
    const absl::Duration slow = second_.Between(absl::Seconds(1), absl::Seconds(8));
    add(second_.Chance(0.5) ? Kind::kPause : Kind::kProviderFlaky, -absl::Milliseconds(20),
        absl::Milliseconds(100), slow);
    const uint64_t others = second_.Below(3);
    for (uint64_t i = 0; i < others; ++i) {
      event.replica = static_cast<int>(second_.Below(kReplicas));
      add(Kind::kComplain, absl::Seconds(1), absl::Seconds(20), absl::Seconds(10));
    }
  }

  void AddPeople() {
    const uint64_t asks = 10 + dice_.Below(30);
    for (uint64_t i = 0; i < asks; ++i) Add(Kind::kAsk);
    if (dice_.Chance(0.5)) {
      for (uint64_t i = 0; i <= dice_.Below(8); ++i) Add(Kind::kComplain);
    }
    if (dice_.Chance(0.4)) {
      for (uint64_t i = 0; i <= dice_.Below(3); ++i) {
        Add(dice_.Chance(0.5) ? Kind::kLogin : Kind::kLoginInheriting);
      }
    }
    if (dice_.Chance(0.15)) Add(dice_.Chance(0.7) ? Kind::kRevoke : Kind::kDelete);
    if (dice_.Chance(0.05)) Add(Kind::kUserEnds);
    // A thundering herd, around the time when the first token dies.
    if (dice_.Chance(0.3)) {
      const absl::Duration when =
          plan_.token_life + dice_.Between(-absl::Seconds(2), absl::Seconds(2));
      for (int r = 0; r < kReplicas; ++r) {
        Add(Kind::kAsk);
        plan_.events.back().replica = r;
        plan_.events.back().grant = 0;
        plan_.events.back().at = std::min(when, plan_.troubled);
      }
    }
  }

  void Add(Kind kind) {
    Happening event;
    event.kind = kind;
    event.at = dice_.Between(absl::Seconds(1), plan_.troubled);
    event.replica = static_cast<int>(dice_.Below(kReplicas));
    event.grant = dice_.Chance(0.75) ? 0 : 1;
    event.length = Length(kind);
    event.disk_lost = kind == Kind::kCrash && dice_.Chance(0.3);
    plan_.events.push_back(event);
    if (IsTrouble(kind) && dice_.Chance(0.7)) Provoke(event);
  }

  static bool IsTrouble(Kind kind) { return kind >= Kind::kCrash; }

  // What goes wrong matters while a refresh is under way: somebody demands one just before, and
  // somebody else soon after.
  void Provoke(Happening trouble) {
    Happening demand;
    demand.kind = Kind::kComplain;
    demand.replica = trouble.replica;
    demand.grant = trouble.grant;
    demand.length = dice_.Between(absl::Seconds(2), absl::Seconds(20));
    demand.at = trouble.at - dice_.Between(absl::ZeroDuration(), absl::Milliseconds(300));
    plan_.events.push_back(demand);
    const uint64_t others = dice_.Below(4);
    for (uint64_t i = 0; i < others; ++i) {
      demand.replica = static_cast<int>(dice_.Below(kReplicas));
      const bool at_once = dice_.Chance(0.5);
      demand.at = trouble.at + dice_.Between(absl::ZeroDuration(), absl::Seconds(at_once ? 3 : 50));
      demand.at = std::min(demand.at, plan_.troubled);
      plan_.events.push_back(demand);
    }
  }

  absl::Duration Length(Kind kind) {
    switch (kind) {
      case Kind::kCrash:
        return dice_.Between(absl::Seconds(1), absl::Seconds(40));
      case Kind::kPause: {
        const bool beyond_patience = dice_.Chance(0.3);
        return dice_.Between(absl::Seconds(1), absl::Seconds(beyond_patience ? 100 : 20));
      }
      case Kind::kStoreFlaky:
      case Kind::kProviderFlaky:
        return dice_.Between(absl::Seconds(5), absl::Seconds(40));
      case Kind::kFailover:
        return dice_.Between(absl::Milliseconds(10), absl::Seconds(5));
      case Kind::kCut:
        return dice_.Between(absl::Seconds(4), absl::Seconds(20));
      case Kind::kStoreAway:
      case Kind::kProviderDown:
      case Kind::kDiskFull:
        return dice_.Between(absl::Seconds(2), absl::Seconds(25));
      default:
        return dice_.Between(absl::Seconds(2), absl::Seconds(20));
    }
  }

  Dice dice_;
  Dice second_;
  Plan plan_;
};

}  // namespace

Plan MakePlan(uint64_t seed) { return Planner(seed).Make(); }

}  // namespace tokenbroker::simulation

// Plans in which everything happens to one grant, around one moment: for rules that matter when two
// rare things meet.
#include <algorithm>
#include <iterator>
#include <utility>
#include <vector>

#include "tests/simulation/dice.h"
#include "tests/simulation/plan.h"

namespace tokenbroker::simulation {
namespace {

using Kind = Happening::Kind;

constexpr const char* kStoreCalls[] = {"begin",          "begin",          "renew", "renew",
                                       "commit",         "fail",           "put",   "load",
                                       "begin_exchange", "finish_exchange"};
constexpr const char* kProviderCalls[] = {"refresh", "refresh", "refresh", "exchange"};

class CrowdPlanner {
 public:
  explicit CrowdPlanner(uint64_t seed) : dice_(seed, "crowd") { plan_.seed = seed; }

  Plan Make() {
    const uint64_t manners = dice_.Below(10);
    if (manners >= 6) plan_.rotation = manners >= 9 ? Rotation::kNone : Rotation::kGrace;
    plan_.reuse_ends_family = dice_.Chance(0.5);
    plan_.last_successor_only = plan_.rotation == Rotation::kGrace && dice_.Chance(0.5);
    plan_.login_renews = dice_.Chance(0.3);
    plan_.second_grant_is_new = dice_.Chance(0.2);
    plan_.token_life = dice_.Between(absl::Seconds(12), absl::Seconds(40));
    plan_.durable = dice_.Chance(0.4);
    plan_.refresher = dice_.Chance(0.1);
    grant_ = plan_.second_grant_is_new ? 1 : 0;
    moment_ = dice_.Between(absl::Seconds(3), absl::Seconds(12));
    width_ = dice_.Between(absl::Seconds(2), absl::Seconds(20));
    plan_.troubled = moment_ + width_ + absl::Seconds(25);
    plan_.calm = absl::Seconds(100);
    if (plan_.second_grant_is_new) Add(Kind::kLogin, moment_ - absl::Seconds(2));
    AddCrowd();
    std::sort(plan_.events.begin(), plan_.events.end(),
              [](const Happening& a, const Happening& b) { return a.at < b.at; });
    return std::move(plan_);
  }

 private:
  void AddCrowd() {
    const Kind troubles[] = {Kind::kLogin,
                             Kind::kLoginInheriting,
                             Kind::kLoginInheriting,
                             Kind::kRevoke,
                             Kind::kUserEnds,
                             Kind::kCrash,
                             Kind::kPause,
                             Kind::kPause,
                             Kind::kFailover,
                             Kind::kFailover,
                             Kind::kCut,
                             Kind::kStoreAway,
                             Kind::kLoseCall,
                             Kind::kLoseAnswer,
                             Kind::kLateCall,
                             Kind::kLateCall,
                             Kind::kLateAnswer,
                             Kind::kLateAnswer,
                             Kind::kBusyAnswer,
                             Kind::kKeepToken,
                             Kind::kClockBack,
                             Kind::kDelete,
                             Kind::kStoreFlaky,
                             Kind::kProviderFlaky};
    std::vector<Kind> kinds;
    const uint64_t count = 2 + dice_.Below(3);
    for (uint64_t i = 0; i < count; ++i)
      kinds.push_back(troubles[dice_.Below(std::size(troubles))]);
    const uint64_t events = 3 + dice_.Below(8);
    for (uint64_t i = 0; i < events; ++i) {
      Add(kinds[dice_.Below(kinds.size())], Sometime());
      // What goes wrong matters while a refresh is under way.
      if (dice_.Chance(0.6)) {
        const Happening about = plan_.events.back();
        Add(Kind::kComplain,
            about.at - dice_.Between(absl::ZeroDuration(), absl::Milliseconds(250)));
        if (dice_.Chance(0.8)) plan_.events.back().replica = about.replica;
      }
    }
    const uint64_t asks = 2 + dice_.Below(8);
    for (uint64_t i = 0; i < asks; ++i) {
      Add(dice_.Chance(0.5) ? Kind::kAsk : Kind::kComplain, Sometime());
      if (dice_.Chance(0.3)) plan_.events.back().at += dice_.Between(width_, absl::Seconds(24));
    }
  }

  absl::Duration Sometime() { return moment_ + dice_.Between(absl::ZeroDuration(), width_); }

  void Add(Kind kind, absl::Duration at) {
    Happening event;
    event.kind = kind;
    event.at = std::max(absl::Milliseconds(100), at);
    event.replica = static_cast<int>(dice_.Below(kReplicas));
    event.grant = grant_;
    event.length = Length(kind);
    event.disk_lost = kind == Kind::kCrash && dice_.Chance(0.2);
    const bool of_provider = kind == Kind::kBusyAnswer || kind == Kind::kKeepToken;
    const bool of_a_call = kind >= Kind::kLoseCall && kind <= Kind::kLateAnswer;
    if (of_provider) event.call = "refresh";
    if (of_a_call && dice_.Chance(0.3)) {
      event.call = kProviderCalls[dice_.Below(std::size(kProviderCalls))];
    } else if (of_a_call) {
      event.call = kStoreCalls[dice_.Below(std::size(kStoreCalls))];
    }
    plan_.events.push_back(event);
  }

  absl::Duration Length(Kind kind) {
    switch (kind) {
      case Kind::kCrash:
      case Kind::kPause:
        return dice_.Between(absl::Milliseconds(200), absl::Seconds(15));
      case Kind::kFailover:
        return dice_.Between(absl::Milliseconds(10), absl::Seconds(3));
      case Kind::kStoreFlaky:
      case Kind::kProviderFlaky:
      case Kind::kStoreAway:
        return dice_.Between(absl::Seconds(1), absl::Seconds(12));
      case Kind::kLoseCall:
      case Kind::kLoseAnswer:
        return dice_.Chance(0.5) ? absl::ZeroDuration()
                                 : dice_.Between(absl::Milliseconds(500), absl::Seconds(4));
      case Kind::kLateCall:
      case Kind::kLateAnswer:
        return dice_.Between(absl::Milliseconds(50),
                             dice_.Chance(0.5) ? absl::Seconds(2) : absl::Seconds(12));
      default:
        return dice_.Between(absl::Seconds(2), absl::Seconds(15));
    }
  }

  Dice dice_;
  Plan plan_;
  int grant_ = 0;
  absl::Duration moment_;
  absl::Duration width_;
};

}  // namespace

Plan MakeCrowdedPlan(uint64_t seed) { return CrowdPlanner(seed).Make(); }

}  // namespace tokenbroker::simulation

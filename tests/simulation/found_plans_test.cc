// Plans in which a rule was once missing, as they were shrunk, each with the seed that found it.
#include <absl/strings/str_cat.h>
#include <gtest/gtest.h>

#include "tests/simulation/world.h"

namespace tokenbroker::simulation {
namespace {

using Kind = Happening::Kind;

enum class Reuse { kIsRefused, kEndsTheFamily };

Happening At(double second, Kind kind, int replica, int grant, double seconds = 5) {
  Happening event;
  event.kind = kind;
  event.at = absl::Seconds(second);
  event.length = absl::Seconds(seconds);
  event.replica = replica;
  event.grant = grant;
  return event;
}

// With a single-use provider and a store that loses what it acknowledged.
Plan LossyPlan(uint64_t seed, Reuse reuse, double token_life) {
  Plan plan;
  plan.seed = seed;
  plan.reuse_ends_family = reuse == Reuse::kEndsTheFamily;
  plan.token_life = absl::Seconds(token_life);
  plan.durable = false;
  return plan;
}

std::string Violations(const Plan& plan) {
  std::string text;
  for (const Violation& v : Play(plan).violations) {
    absl::StrAppend(&text, InvariantName(v.invariant), ": ", v.what, "\n");
  }
  return text;
}

// ADR 23: a failover brings a spent token back, one replica presents it and stands still, another
// knows of the rollback.
TEST(FoundPlansTest, ARollbackIsNoExcuseForAnOrphanThatCameAfterIt) {
  Plan plan = LossyPlan(51772, Reuse::kEndsTheFamily, 34.240197);
  plan.events = {At(3.037898, Kind::kLogin, 1, 0, 8.390824),
                 At(8.952349, Kind::kLogin, 1, 0, 16.615229),
                 At(12.69424, Kind::kComplain, 2, 0, 7.199753),
                 At(28.115874, Kind::kAsk, 0, 1, 9.3185),
                 At(30.204972, Kind::kComplain, 2, 0, 18.266092),
                 At(30.28731, Kind::kFailover, 2, 0, 2.207468),
                 At(33.552522, Kind::kStoreAway, 2, 0, 22.463268),
                 At(44.966469, Kind::kFailover, 1, 0, 4.086741),
                 At(75.292493, Kind::kAsk, 2, 1, 13.047097),
                 At(81.059302, Kind::kComplain, 0, 0, 17.547276),
                 At(81.162279, Kind::kPause, 0, 0, 17.632881),
                 At(92.008374, Kind::kAsk, 1, 0, 10.679798)};
  EXPECT_EQ(Violations(plan), "");
}

}  // namespace
}  // namespace tokenbroker::simulation

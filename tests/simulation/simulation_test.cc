// Thousands of short runs over fixed seeds: the promises hold in all of them. `make simulate` plays
// more.
#include <gmock/gmock.h>

#include <algorithm>
#include <set>

#include "base/log.h"
#include "tests/simulation/plan_text.h"
#include "tests/simulation/shrink.h"
#include "tests/simulation/world.h"

namespace tokenbroker::simulation {
namespace {

std::string Told(const Plan& plan, const std::vector<Violation>& violations) {
  std::string text = PlanText(plan);
  for (const Violation& v : violations) {
    absl::StrAppend(&text, "\n  ", InvariantName(v.invariant), ": ", v.what);
  }
  return text;
}

class SimulationTest : public ::testing::TestWithParam<Plan (*)(uint64_t)> {};

TEST_P(SimulationTest, KeepsItsPromisesInEveryInterleaving) {
  std::set<uint64_t> paths;
  size_t rotations = 0;
  int failed = 0;
  constexpr uint64_t kRuns = 1000;
  for (uint64_t seed = 1; seed <= kRuns && failed < 3; ++seed) {
    const Plan plan = GetParam()(seed);
    const Outcome outcome = Play(plan);
    paths.insert(outcome.path);
    rotations += outcome.history.tokens.size();
    if (outcome.violations.empty()) continue;
    ++failed;
    ADD_FAILURE() << Told(plan, outcome.violations) << "\nreproduce: make simulate SEED=" << seed
                  << " RUNS=1, with KIND=crowded if it is";
  }
  // The runs differ, and something happens in them.
  EXPECT_EQ(paths.size(), kRuns);
  EXPECT_GT(rotations, kRuns * 3);
}

TEST_P(SimulationTest, GoesTheSameWayWithTheSameSeed) {
  for (uint64_t seed = 1; seed <= 30; ++seed) {
    const Plan plan = GetParam()(seed);
    const Outcome once = Play(plan);
    const Outcome again = Play(plan);
    EXPECT_EQ(once.path, again.path) << seed;
    EXPECT_EQ(TraceText(once.history), TraceText(again.history)) << seed;
  }
}

INSTANTIATE_TEST_SUITE_P(Ordinary, SimulationTest, ::testing::Values(&MakePlan));
INSTANTIATE_TEST_SUITE_P(Crowded, SimulationTest, ::testing::Values(&MakeCrowdedPlan));

TEST(PlansTest, AreOfEveryKind) {
  std::set<Happening::Kind> kinds;
  std::set<Rotation> rotations;
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    for (const Plan& plan : {MakePlan(seed), MakeCrowdedPlan(seed)}) {
      rotations.insert(plan.rotation);
      for (const Happening& event : plan.events) kinds.insert(event.kind);
    }
  }
  EXPECT_EQ(rotations.size(), 3u);
  EXPECT_EQ(kinds.size(), static_cast<size_t>(Happening::Kind::kClockBack) + 1);
}

}  // namespace
}  // namespace tokenbroker::simulation

// Thousands of short runs over fixed seeds: the promises hold in all of them. `make simulate` plays
// more.
#include <gmock/gmock.h>

#include <algorithm>
#include <set>

#include "base/log.h"
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

TEST(SimulationTest, KeepsItsPromisesInEveryInterleaving) {
  std::set<uint64_t> paths;
  size_t rotations = 0;
  int failed = 0;
  constexpr uint64_t kRuns = 1000;
  for (uint64_t seed = 1; seed <= kRuns && failed < 3; ++seed) {
    const Plan plan = MakePlan(seed);
    const Outcome outcome = Play(plan);
    paths.insert(outcome.path);
    rotations += outcome.history.tokens.size();
    if (outcome.violations.empty()) continue;
    ++failed;
    ADD_FAILURE() << Told(plan, outcome.violations) << "\nreproduce: make simulate SEED=" << seed
                  << " RUNS=1";
  }
  // The runs differ, and something happens in them.
  EXPECT_EQ(paths.size(), kRuns);
  EXPECT_GT(rotations, kRuns * 4);
}

TEST(SimulationTest, GoesTheSameWayWithTheSameSeed) {
  for (uint64_t seed = 1; seed <= 30; ++seed) {
    const Plan plan = MakePlan(seed);
    const Outcome once = Play(plan);
    const Outcome again = Play(plan);
    EXPECT_EQ(once.path, again.path) << seed;
    EXPECT_EQ(TraceText(once.history), TraceText(again.history)) << seed;
  }
}

TEST(SimulationTest, HasRunsOfEveryKind) {
  std::set<Happening::Kind> kinds;
  std::set<Rotation> rotations;
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    const Plan plan = MakePlan(seed);
    rotations.insert(plan.rotation);
    for (const Happening& event : plan.events) kinds.insert(event.kind);
  }
  EXPECT_EQ(rotations.size(), 3u);
  EXPECT_EQ(kinds.size(), static_cast<size_t>(Happening::Kind::kDiskFull) + 1);
}

}  // namespace
}  // namespace tokenbroker::simulation

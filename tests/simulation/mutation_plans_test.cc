// The plans in which the simulation notices that a rule is off: with all rules on, nothing is.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/log.h"
#include "tests/simulation/plan_text.h"
#include "tests/simulation/world.h"

namespace tokenbroker::simulation {
namespace {

TEST(MutationPlansTest, BreakNoPromise) {
  SetLogLevel(LogLevel::kError);
  int plans = 0;
  for (const auto& entry : std::filesystem::directory_iterator(TB_MUTATION_PLANS)) {
    std::ifstream file(entry.path());
    std::stringstream text;
    text << file.rdbuf();
    absl::StatusOr<Plan> plan = ParsePlan(text.str());
    ASSERT_TRUE(plan.ok()) << entry.path() << ": " << plan.status();
    ++plans;
    for (int run = 0; run < 20; ++run, ++plan->seed) {
      for (const Violation& v : Play(*plan).violations) {
        ADD_FAILURE() << entry.path() << ", seed " << plan->seed << ": "
                      << InvariantName(v.invariant) << ": " << v.what;
      }
    }
  }
  EXPECT_GT(plans, 60);
}

}  // namespace
}  // namespace tokenbroker::simulation

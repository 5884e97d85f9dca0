#include "tests/simulation/plan_text.h"

#include <absl/strings/str_cat.h>
#include <gmock/gmock.h>

namespace tokenbroker::simulation {
namespace {

std::string Written(const Plan& plan) {
  std::string text = PlanText(plan);
  for (const Happening& event : plan.events) absl::StrAppend(&text, "\n", EventText(event));
  return text;
}

TEST(PlanTextTest, ReadsWhatItWrote) {
  for (uint64_t seed = 1; seed <= 100; ++seed) {
    for (const Plan& plan : {MakePlan(seed), MakeCrowdedPlan(seed)}) {
      const std::string text = Written(plan);
      const absl::StatusOr<Plan> read = ParsePlan(text);
      ASSERT_TRUE(read.ok()) << read.status();
      EXPECT_EQ(Written(*read), text);
    }
  }
}

TEST(PlanTextTest, NeedsOnlyWhatIsSpecial) {
  const absl::StatusOr<Plan> plan = ParsePlan(
      "# why\n\n"
      "rotation=grace store=lossy\n"
      "4s lose_call call=begin skip=2\n"
      "3s failover away=1s\n"
      "5s crash disk_lost replica=2\n");
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(plan->rotation, Rotation::kGrace);
  EXPECT_FALSE(plan->durable);
  ASSERT_EQ(plan->events.size(), 3u);
  EXPECT_EQ(plan->events[0].away, absl::Seconds(1)) << "in order of time";
  EXPECT_EQ(plan->events[1].call, "begin");
  EXPECT_EQ(plan->events[1].skip, 2);
  EXPECT_EQ(plan->events[1].length, absl::ZeroDuration()) << "the next one";
  EXPECT_TRUE(plan->events[2].disk_lost);
}

TEST(PlanTextTest, RefusesWhatItDoesNotKnow) {
  for (const char* text : {"rotation=twice", "life", "seed=1\n3s dance", "seed=1\nask replica=0",
                           "seed=1\n3s ask replica=3", "seed=1\n3s ask whenever"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(ParsePlan(text).status())) << text;
  }
}

}  // namespace
}  // namespace tokenbroker::simulation

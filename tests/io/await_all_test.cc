#include "io/await_all.h"

#include <string>

#include "tests/support/loop_test.h"

namespace tokenbroker {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

Task<std::string> Say(Loop* loop, absl::Duration after, std::string word) {
  co_await loop->Sleep(after);
  co_return word;
}

class AwaitAllTest : public LoopTest {};

TEST_F(AwaitAllTest, GivesTheResultsInTheOrderOfTheTasks) {
  std::vector<Task<std::string>> tasks;
  tasks.push_back(Say(&loop_, absl::Seconds(3), "slow"));
  tasks.push_back(Say(&loop_, absl::Seconds(1), "fast"));
  EXPECT_THAT(Run(AwaitAll(&loop_, std::move(tasks))), ElementsAre("slow", "fast"));
}

TEST_F(AwaitAllTest, RunsThemAtTheSameTime) {
  std::vector<Task<std::string>> tasks;
  for (int i = 0; i < 100; ++i) tasks.push_back(Say(&loop_, absl::Seconds(1), "word"));
  const SteadyTime begun = clock_.SteadyNow();
  EXPECT_EQ(Run(AwaitAll(&loop_, std::move(tasks))).size(), 100u);
  EXPECT_EQ(clock_.SteadyNow() - begun, absl::Seconds(1));
}

TEST_F(AwaitAllTest, OfNothingIsNothing) {
  EXPECT_THAT(Run(AwaitAll(&loop_, std::vector<Task<std::string>>())), IsEmpty());
}

TEST_F(AwaitAllTest, MayBeDroppedBeforeItsTasksHaveEnded) {
  std::vector<Task<std::string>> tasks;
  tasks.push_back(Say(&loop_, absl::Hours(1), "late"));
  const auto never = Start(AwaitAll(&loop_, std::move(tasks)));
  EXPECT_FALSE(never->has_value());
}

}  // namespace
}  // namespace tokenbroker

// Promise 1, counted: many callers at every replica, and each refresh token presented once.
#include <iostream>

#include "tests/chaos/fleet.h"
#include "tests/chaos/load.h"
#include "tests/chaos/refresh_log.h"

namespace tokenbroker {
namespace {

using provider_simulator::Endpoint;
using provider_simulator::Rotation;

TEST_F(FleetTest, ThreeReplicasRefreshEachGenerationOnceAndNoCallerSeesAnError) {
  SetRotation(Rotation::kSingleUse);
  SetTokenLifetime(absl::Seconds(3));
  StartReplicas(3);
  RefreshLog refreshes(redis().unix_path());
  const std::vector<std::string> subjects = LogInMany(HowMany(60, 200));
  Load load(replicas(), subjects);
  load.RunFor(RunTime(absl::Seconds(8), absl::Minutes(2)));
  const Load::Counts seen = load.Stop();
  // What is under way ends first: then every refresh has its generation.
  for (Replica* replica : replicas()) EXPECT_EQ(replica->Terminate(), 0);
  const auto counted = counters();
  EXPECT_TRUE(Eventually([&] { return refreshes.Generations() >= counted.Refreshes(); }));

  std::cout << subjects.size() << " grants: " << seen << "; " << counted.Refreshes()
            << " refreshes for " << refreshes.Generations()
            << " generations, each token presented at most " << counted.MaxPresented() << " times, "
            << counted.families_revoked_by_reuse << " reuses\n";
  EXPECT_GT(seen.answers, 0);
  EXPECT_EQ(seen.errors, 0);
  EXPECT_EQ(seen.cut, 0);
  EXPECT_EQ(seen.expired, 0);
  EXPECT_GE(counted.Refreshes(), subjects.size());
  EXPECT_EQ(counted.Refreshes(), refreshes.Generations());
  EXPECT_EQ(counted.MaxPresented(), 1u);
  EXPECT_EQ(counted.statuses.at(Endpoint::kToken).count(400), 0u) << "an invalid_grant";
  EXPECT_EQ(counted.families_revoked_by_reuse, 0u);
}

}  // namespace
}  // namespace tokenbroker

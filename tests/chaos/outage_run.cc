#include "tests/chaos/outage_run.h"

#include <iostream>

#include "tests/chaos/load.h"

namespace tokenbroker {

using provider_simulator::Counters;
using provider_simulator::Rotation;

void OutageRun::PrepareProvider() {
  life_ = absl::Seconds(HowMany(30, 60));
  SetRotation(Rotation::kSingleUse);
  SetTokenLifetime(life_);
  SetMargin(life_ / 2);
  provider().Configure([](auto& settings) {
    settings.latency[provider_simulator::Endpoint::kToken] = absl::Milliseconds(200);
  });
}

void OutageRun::RunAcross(const char* name, const std::function<void()>& outage) {
  Load load(replicas(), subjects_);
  ASSERT_TRUE(Eventually([&] { return counters().Refreshes() > 3; }, life_));
  // Only what a replica has in memory can be served without Redis.
  for (size_t at = 0; at < replicas().size(); ++at) {
    for (const std::string& subject : subjects_) EXPECT_TRUE(GetToken(subject, at).ok());
  }
  const uint64_t before = counters().Refreshes();
  const absl::Time start = absl::Now();
  outage();
  // Those that were under way go on; a new one needs Redis.
  const uint64_t under_way = counters().Refreshes();
  EXPECT_TRUE(Eventually([&] { return counters().Refreshes() > under_way; }, absl::Minutes(2)));
  const absl::Duration until_next = absl::Now() - start;
  EXPECT_TRUE(Eventually([&] { return counters().Refreshes() > before + subjects_.size() / 3; },
                         absl::Minutes(2)));
  // What was spilled is stored once Redis, and the replica that confirms it, are back.
  for (const Replica* replica : replicas()) {
    EXPECT_TRUE(Eventually([&] { return replica->Spilled() == 0; }, absl::Minutes(1)));
  }
  const Load::Counts seen = load.Stop();
  for (Replica* replica : replicas()) EXPECT_EQ(replica->Terminate(), 0);
  // What the store did not decide in time is on disk, and is stored at the next start.
  int left_on_disk = 0;
  for (Replica* replica : replicas()) {
    if (replica->Spilled() == 0) continue;
    left_on_disk += replica->Spilled();
    replica->Start();
    EXPECT_TRUE(Eventually([&] { return replica->Spilled() == 0; }, absl::Minutes(1)));
    EXPECT_EQ(replica->Terminate(), 0);
  }
  const Counters counted = counters();
  int intents = 0;
  for (const std::string& subject : subjects_) {
    if (!RecordField(subject, "intent_at").empty()) ++intents;
  }
  std::cout << name << ": " << subjects_.size() << " grants: " << seen << "; " << before
            << " refreshes before, the next after "
            << absl::Trunc(until_next, absl::Milliseconds(1)) << ", "
            << counted.Refreshes() - before << " since, each token presented at most "
            << counted.MaxPresented() << " times, " << left_on_disk << " stored at the next start, "
            << intents << " intents left, " << counted.families_revoked_by_reuse << " reuses\n";
  EXPECT_EQ(seen.errors, 0);
  EXPECT_EQ(seen.expired, 0);
  EXPECT_EQ(intents, 0) << "an intent that nobody sent";
  EXPECT_EQ(counted.MaxPresented(), 1u);
  EXPECT_EQ(counted.families_revoked_by_reuse, 0u);
}

}  // namespace tokenbroker

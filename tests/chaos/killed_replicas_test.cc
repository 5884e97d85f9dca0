// Promise 2 while replicas are killed with SIGKILL and started again every second or two.
#include <algorithm>
#include <iostream>
#include <map>
#include <random>
#include <set>

#include "tests/chaos/fleet.h"
#include "tests/chaos/load.h"

namespace tokenbroker {
namespace {

using provider_simulator::Counters;
using provider_simulator::GrantView;
using provider_simulator::Rotation;

class KilledReplicasTest : public FleetTest {
 protected:
  // Three replicas on short tokens from a provider that takes its time.
  void StartFleet(Rotation rotation) {
    SetRotation(rotation);
    SetTokenLifetime(absl::Seconds(3));
    provider().Configure([](auto& settings) {
      settings.latency[provider_simulator::Endpoint::kToken] = absl::Milliseconds(100);
    });
    AddProviderYaml("    request_timeout: 2s\n");
    StartReplicas(3);
    subjects_ = LogInMany(HowMany(30, 200));
  }

  // Callers ask all the while.
  Load::Counts RunWithKills() {
    std::mt19937 random(1);
    Load load(replicas(), subjects_);
    const absl::Time end = absl::Now() + RunTime(absl::Seconds(8), absl::Minutes(2));
    while (absl::Now() < end) {
      load.RunFor(absl::Milliseconds(1000 + random() % 1000));
      Replica& victim = replica(random() % 3);
      victim.Kill();
      ++kills_;
      NoteRefreshesUnderWay();
      victim.Start();
    }
    return load.Stop();
  }

  // Whose refresh somebody had begun when a replica was killed, by which attempt.
  void NoteRefreshesUnderWay() {
    for (const std::string& subject : subjects_) {
      if (RecordField(subject, "intent_at").empty()) continue;
      under_way_[subject][RecordField(subject, "rt_gen")].insert(RecordField(subject, "attempt"));
    }
  }

  // How many attempts to refresh the grant from the refresh token that it has still were under way
  // when a replica was killed.
  size_t UnderWayWithPresentToken(const std::string& subject) {
    return under_way_[subject][RecordField(subject, "rt_gen")].size();
  }

  // The grants that are alive in the end, and refreshed by whoever is asked; the rest.
  std::vector<std::string> Lost() {
    std::vector<std::string> lost;
    for (const std::string& subject : subjects_) {
      Outcome<v1::GetFreshTokenResponse> last;
      const bool decided = Eventually(
          [&] {
            last = GetToken(subject);
            return last.ok() || last.error.reason == "REAUTHORIZATION_REQUIRED";
          },
          absl::Minutes(2));
      EXPECT_TRUE(decided) << subject << " " << last.error.reason;
      if (!last.ok()) lost.push_back(subject);
    }
    return lost;
  }

  void ExpectNothingLost(Rotation rotation) {
    StartFleet(rotation);
    const Load::Counts seen = RunWithKills();
    const std::vector<std::string> lost = Lost();
    const Counters counted = counters();
    std::cout << subjects_.size() << " grants, " << kills_ << " kills: " << seen << "; "
              << counted.Refreshes() << " refreshes, " << under_way_.size()
              << " grants with a refresh under way at a kill, " << lost.size() << " lost, "
              << counted.families_revoked_by_reuse << " reuses\n";
    EXPECT_GE(kills_, 3);
    EXPECT_EQ(lost, std::vector<std::string>{});
    EXPECT_EQ(seen.errors, 0);
    EXPECT_EQ(counted.families_revoked_by_reuse, 0u);
  }

  std::vector<std::string> subjects_;
  // By subject and rt_gen.
  std::map<std::string, std::map<std::string, std::set<std::string>>> under_way_;
  int kills_ = 0;
};

TEST_F(KilledReplicasTest, LoseNoGrantOfAProviderThatDoesNotRotate) {
  ExpectNothingLost(Rotation::kNone);
}

TEST_F(KilledReplicasTest, LoseNoGrantOfAProviderThatGrantsAGracePeriod) {
  ExpectNothingLost(Rotation::kGrace);
}

TEST_F(KilledReplicasTest, LoseOnlySingleUseTokensWhoseAnswerDiedWithTheReplica) {
  StartFleet(Rotation::kSingleUse);
  const Load::Counts seen = RunWithKills();
  const std::vector<std::string> lost = Lost();
  const Counters counted = counters();
  for (const std::string& subject : lost) {
    EXPECT_TRUE(under_way_.contains(subject)) << subject << " had no refresh under way at a kill";
    const v1::Grant grant = GetGrant(subject);
    EXPECT_EQ(grant.state(), v1::GRANT_STATE_REAUTHORIZATION_REQUIRED) << subject;
    EXPECT_EQ(grant.state_reason(), "rotation_lost") << subject;
    // The provider gave a successor that nobody ever presented: it died with the replica. Only
    // then was its predecessor presented again, and once more only when that replica, too, may have
    // been killed before it could store the refusal.
    const GrantView family = FamilyOf(subject);
    EXPECT_EQ(family.revoked_because, "reuse") << subject;
    ASSERT_GE(family.refresh_tokens.size(), 2u) << subject;
    const std::string& successor = family.refresh_tokens.back();
    const std::string& presented = family.refresh_tokens[family.refresh_tokens.size() - 2];
    EXPECT_EQ(counted.refresh_tokens.count(successor), 0u) << subject;
    EXPECT_EQ(counted.refresh_tokens.at(presented).accepted, 1u) << subject;
    EXPECT_GE(counted.refresh_tokens.at(presented).presented, 2u) << subject;
    EXPECT_LE(counted.refresh_tokens.at(presented).presented, 1 + UnderWayWithPresentToken(subject))
        << subject;
  }
  std::cout << subjects_.size() << " grants, " << kills_ << " kills: " << seen << "; "
            << counted.Refreshes() << " refreshes, " << under_way_.size()
            << " grants with a refresh under way at a kill, " << lost.size()
            << " lost, each with a successor that died with its replica\n";
  EXPECT_GE(kills_, 3);
  EXPECT_EQ(counted.families_revoked_by_reuse, lost.size());
  EXPECT_EQ(counted.MaxConcurrent(), 1u);
}

}  // namespace
}  // namespace tokenbroker
